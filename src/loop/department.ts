import type { Crisis, XmlElement } from '../messages/index.js'
import { normalised } from './identity.js'

/*
 * The department of a critical value, which the interface does not name: a site says it by CrisisType, or names the
 * element of its own in which its PACS writes it.
 */

/** Departments by CrisisType; one in angle brackets names an element of the document: `<ApplyDept>`. */
export type Departments = Readonly<Record<string, string>>

/** Every CrisisType that is not named elsewhere, and a blank one. */
export const ANY_TYPE = '*'

const AN_ELEMENT = /^<([^<>\s]+)>$/
/** A longer text is no name of a department. */
const LONGEST = 100

/**
 * @param crisis with its unknown elements, as `withExtra` puts them there
 * @returns '' = not known, which nobody guesses
 */
export function siteDepartment(departments: Departments, crisis: Crisis): string {
  const type = normalised(crisis.CrisisType)
  const [, said = departments[ANY_TYPE] ?? ''] =
    Object.entries(departments).find(([one]) => normalised(one) === type) ?? []
  const [, element] = AN_ELEMENT.exec(said) ?? []
  return element === undefined ? said : textIn(crisis, element)
}

function textIn(crisis: Crisis & { readonly extra?: readonly XmlElement[] }, name: string): string {
  const found = (crisis.extra ?? []).filter((one) => one.name.toLowerCase() === name.toLowerCase())
  const [text = '', ...others] = new Set(found.map((one) => one.text.trim()))
  return others.length > 0 || text.length > LONGEST ? '' : text
}
