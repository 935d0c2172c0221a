import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

const HEIGHT = 240
const ROOM_FOR_LABEL = 76

/** Colours of the page, which the canvas cannot take from a style by itself. */
const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Values of groups in their order: a line over time, bars beside each other otherwise. A table beside it says the same. */
export function Chart(props: {
  readonly label: string
  readonly labels: readonly string[]
  /** null = nothing to count in this group. */
  readonly values: readonly (number | null)[]
  readonly isShare: boolean
  readonly isTime: boolean
}): VNode {
  const box = useRef<HTMLDivElement>(null)
  const { labels, values, isShare, isTime } = props
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    let plot: uPlot | null = null
    const draw = (): void => {
      plot?.destroy()
      const options = optionsOf(element.clientWidth, { labels, isShare, isTime })
      plot = new uPlot(options, [labels.map((_, n) => n), [...values]], element)
    }
    draw()
    const size = new ResizeObserver(() => {
      if (element.clientWidth !== plot?.width) draw()
    })
    size.observe(element)
    const scheme = new MutationObserver(draw)
    scheme.observe(document.documentElement, { attributeFilter: ['data-scheme'] })
    return () => {
      size.disconnect()
      scheme.disconnect()
      plot?.destroy()
    }
  }, [labels.join('\n'), values.join('\n'), isShare, isTime])
  return <div class="chart" ref={box} role="img" aria-label={props.label} />
}

function optionsOf(
  width: number,
  about: {
    readonly labels: readonly string[]
    readonly isShare: boolean
    readonly isTime: boolean
  },
): uPlot.Options {
  const { labels, isShare, isTime } = about
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const main = colour('--main')
  const bars = uPlot.paths.bars?.({ size: [0.6, 64], radius: 0.15 })
  return {
    width: Math.max(width, 200),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 12, 0, 0],
    scales: {
      x: { time: false, range: () => [-0.5, labels.length - 0.5] },
      y: { range: (_, __, max) => [0, isShare ? 100 : Math.max(1, Math.ceil(max ?? 1))] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        splits: () => spaced(labels.length, Math.max(1, Math.floor(width / ROOM_FOR_LABEL))),
        values: (_, splits) => splits.map((n) => shortLabel(labels[n] ?? '')),
      },
      { ...axis, size: 48, values: (_, splits) => splits.map((n) => `${n}${isShare ? '%' : ''}`) },
    ],
    series: [
      {},
      {
        stroke: main,
        width: isTime ? 2 : 0,
        fill: isTime ? colour('--main-soft') : main,
        points: { show: isTime && labels.length < 40, fill: main, size: 6 },
        spanGaps: false,
        ...(isTime || !bars ? {} : { paths: bars }),
      },
    ],
  }
}

/** So many of the places 0…length-1 that their labels have room. */
function spaced(length: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(length / most))
  return Array.from({ length: Math.ceil(length / step) }, (_, n) => n * step)
}

const shortLabel = (label: string): string =>
  /^\d{4}-\d\d-\d\d$/.test(label) ? label.slice(5) : label
