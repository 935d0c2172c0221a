import type { Metric, Registry } from 'prom-client'
import { METRICS, type MetricName } from './definitions.js'
import { DURATION_BOUNDS_S, type Durations } from './meters.js'
import type { Sample, SamplesByMetric } from './samples.js'

/** A text that Prometheus reads. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

interface Series {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** Puts samples into the text form of Prometheus. */
export class Exposer {
  #samples: SamplesByMetric = new Map()
  #registry: Promise<Registry> | undefined

  /** One text is made at a time. */
  async expose(samples: SamplesByMetric): Promise<Exposition> {
    const registry = await (this.#registry ??= this.#build())
    this.#samples = samples
    return { contentType: registry.contentType, text: await registry.metrics() }
  }

  /**
   * Loaded by the first who asks: most sites have no Prometheus, and its library takes a tenth of a second. The metrics
   * are ours and not its gauges and counters, which say 0 of whatever is not known.
   */
  async #build(): Promise<Registry> {
    const { Registry } = await import('prom-client')
    const registry = new Registry()
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      const get = () => ({ name, help, type, values: this.#seriesOf(name as MetricName) })
      registry.registerMetric({ name, help, get } as unknown as Metric)
    }
    return registry
  }

  #seriesOf(name: MetricName): readonly Series[] {
    const names: readonly string[] = METRICS[name].labels
    return [...(this.#samples.get(name)?.values() ?? [])].flatMap(({ labels, value }: Sample) => {
      const named = Object.fromEntries(names.map((label, n) => [label, labels[n] ?? '']))
      return typeof value === 'number'
        ? [{ metricName: name, labels: named, value }]
        : bucketsOf(name, named, value)
    })
  }
}

function bucketsOf(
  name: MetricName,
  labels: Series['labels'],
  { buckets, sumSeconds }: Durations,
): readonly Series[] {
  let total = 0
  const series = buckets.map((count, n) => {
    total += count
    const le = DURATION_BOUNDS_S[n] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total }
  })
  return [
    ...series,
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: total },
  ]
}
