import { Component, h, type ComponentChild, type ComponentType } from 'preact'

/** A component that is rendered anew only where one of its properties is another one; contexts still reach it. */
export function memo<P extends object>(Inner: ComponentType<P>): ComponentType<P> {
  return class Kept extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return (Object.keys(next) as (keyof P)[]).some((key) => next[key] !== this.props[key])
    }

    override render(): ComponentChild {
      return h(Inner, this.props as P)
    }
  }
}
