// The editor's own objects, as far as the dialogs use them; the published types of Node-RED lack half of it.

/** A node, or a config node, as the editor holds it. */
export interface EditorNode {
  readonly id: string
  readonly type: string
  readonly _def: {
    readonly category: string
    readonly defaults: Readonly<Record<string, { readonly value: unknown; readonly type?: string }>>
  }
  /** Of a config node: those that use it. */
  readonly users?: readonly EditorNode[]
  readonly credentials?: Readonly<Record<string, unknown>>
  [setting: string]: unknown
}

export interface ListItems {
  addButton: string
  removable: boolean
  height: number | 'auto'
  addItem(item: JQuery, index: number, row: object): void
  readonly sortable?: boolean
  /** Stands above the rows. */
  readonly header?: JQuery
  removeItem?(): void
  sortItems?(): void
}

/** A type of a typed input that is none of the editor's own. */
export interface ValueType {
  readonly value: string
  readonly label: string
  readonly hasValue: boolean
}

export interface SidebarTab {
  readonly id: string
  readonly label: string
  /** In the menu, and in a hint. */
  readonly name: string
  readonly iconClass: string
  readonly content: JQuery
  /** False: it is out of reach while a dialog is open. */
  readonly enableOnEdit: boolean
}

declare global {
  const RED: {
    _(key: string, options?: object): string
    notify(message: string, options: { readonly type: 'success' | 'error' }): void
    readonly settings: { readonly httpNodeRoot?: string | false }
    readonly i18n: { lang(): string }
    readonly events: {
      on(event: string, listener: (type: string) => void): void
      off(event: string, listener: (type: string) => void): void
    }
    readonly sidebar: { addTab(tab: SidebarTab): void }
    readonly nodes: {
      node(id: string): EditorNode | null
      getType(type: string): object | null
      eachNode(visit: (node: EditorNode) => void): void
      eachConfig(visit: (node: EditorNode) => void): void
    }
    readonly editor: {
      validateNode(node: EditorNode): boolean
      editConfig(name: string, type: string, id: string): void
    }
    readonly view: { redraw(updateActive?: boolean): void; reveal(id: string): void }
    readonly utils: {
      validateTypedProperty(value: string, type: string): unknown
      getNodeLabel(node: EditorNode, fallback: string): string
    }
    readonly clipboard: { copyText(text: string, element: JQuery, message: string): void }
  }

  interface JQuery {
    editableList(options: ListItems): this
    editableList(action: 'addItem', row: object): void
    editableList(action: 'empty'): void
    editableList(action: 'items'): JQuery<JQuery>
    typedInput(options: {
      default: string
      types: readonly (string | ValueType)[]
      typeField?: string
    }): this
    typedInput(action: 'type' | 'value'): string
    typedInput(action: 'type' | 'value', value: string): void
  }
}
