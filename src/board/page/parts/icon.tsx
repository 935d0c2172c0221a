import type { VNode } from 'preact'

/** Strokes on a grid of 24. */
const PATHS = {
  open: ['M4 6h16', 'M4 12h16', 'M4 18h10'],
  stuck: [
    'M12 9v4',
    'M12 17h.01',
    'M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z',
  ],
  search: ['M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z', 'M20 20l-4-4'],
  register: ['M6 3h12v18H6z', 'M9 8h6', 'M9 12h6', 'M9 16h4'],
  figures: ['M4 20V10', 'M10 20V4', 'M16 20v-7', 'M22 20H2'],
  roster: [
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
    'M2.5 20a6.5 6.5 0 0 1 13 0',
    'M16 4.5a3.5 3.5 0 0 1 0 6',
    'M18 14.5a6.5 6.5 0 0 1 3.5 5.5',
  ],
  downtime: [
    'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  ],
  accounts: ['M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M5 21a7 7 0 0 1 14 0'],
  wall: ['M3 4h18v12H3z', 'M8 21h8', 'M12 16v5'],
  more: ['M5 12h.01', 'M12 12h.01', 'M19 12h.01'],
  sun: [
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
    'M12 2v2',
    'M12 20v2',
    'M2 12h2',
    'M20 12h2',
    'M4.9 4.9l1.4 1.4',
    'M17.7 17.7l1.4 1.4',
    'M4.9 19.1l1.4-1.4',
    'M17.7 6.3l1.4-1.4',
  ],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'],
  clock: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', 'M12 7v5l3 2'],
  alarm: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', 'M12 7.5v5.5', 'M12 16.5h.01'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  cross: ['m6 6 12 12', 'M18 6 6 18'],
  send: ['m4 12 16-8-6 16-3-7z'],
  pause: ['M9 5v14', 'M15 5v14'],
  print: ['M7 8V3h10v5', 'M7 17H4v-8h16v8h-3', 'M7 14h10v7H7z'],
  file: ['M12 4v11', 'M7 11l5 5 5-5', 'M5 20h14'],
  back: ['m14 6-6 6 6 6'],
  key: ['M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8z', 'M11 12l8-8', 'M16 7l2.5 2.5'],
  leave: ['M14 4H5v16h9', 'M10 12h11', 'M17 8l4 4-4 4'],
  broken: [
    'M4 4l16 16',
    'M8.5 15.5a5 5 0 0 1 7 0',
    'M5 12a10 10 0 0 1 4-2.5',
    'M19 12a10 10 0 0 0-5-2.7',
    'M12 19h.01',
  ],
} as const

export type IconName = keyof typeof PATHS

/** All strokes of a picture as one path: a table of many rows has many pictures. */
export const pathOf = (name: IconName): string => PATHS[name].join('')

/** A picture beside words, which say the same: screen readers pass it over. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={pathOf(name)} />
    </svg>
  )
}
