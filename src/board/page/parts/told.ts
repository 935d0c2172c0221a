import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Reason } from '../../api.js'

/** Says a short text at the edge of the page, and to screen readers. */
export const ToldContext = createContext<(text: Reason) => void>(() => {})
export const useTold = (): ((text: Reason) => void) => useContext(ToldContext)
