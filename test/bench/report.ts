import type { Measurement } from './measure.ts';

export interface RowResult {
  readonly row: string;
  readonly title: string;
  /** By contender's name. */
  readonly results: Readonly<Record<string, Measurement>>;
}

export interface Report {
  readonly schema: 1;
  readonly time: string;
  readonly machine: string;
  readonly node: string;
  readonly scale: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly RowResult[];
}

function bytesText(bytes: number): string {
  if (bytes < 10_240) return `${Math.round(bytes)} B`;
  return bytes < 10_485_760 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 1_048_576).toFixed(0)} MiB`;
}

/** Three digits that count. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function cell(measurement: Measurement | undefined): string {
  if (measurement === undefined) return '–';
  const { seconds, cpuSeconds, peakBytes, wireBytes, figures, note } = measurement;
  const parts: string[] = [];
  if (seconds !== undefined) parts.push(`**${number(seconds)} s**`);
  if (cpuSeconds !== undefined) parts.push(`CPU ${cpuSeconds.map((one) => one.toFixed(1)).join(' + ')} s`);
  if (peakBytes?.some((one) => one > 0)) parts.push(`peak ${peakBytes.map(bytesText).join(' + ')}`);
  if (wireBytes !== undefined) parts.push(`wire ${bytesText(wireBytes)}`);
  for (const [name, value] of Object.entries(figures ?? {})) parts.push(`${name} ${number(value)}`);
  if (note !== undefined) parts.push(note);
  return parts.join(', ');
}

function ratio(row: RowResult, name: string): string {
  const ours = row.results['sheaf']?.seconds;
  const theirs = row.results[name]?.seconds;
  return ours === undefined || theirs === undefined ? '–' : `${(ours / theirs).toFixed(2)} ×`;
}

/** The report as a Markdown table, with sheaf's time as a multiple of each other tool's. */
export function markdown(report: Report): string {
  const names = Object.keys(report.versions);
  const others = names.includes('sheaf') ? names.filter((name) => name !== 'sheaf') : [];
  const head = [
    'work',
    ...names.map((name) => `${name} ${report.versions[name]}`),
    ...others.map((name) => `to ${name}`),
  ];
  const lines = [
    `${report.machine}; Node ${report.node}; ${report.time}${report.scale === 1 ? '' : `; scale ${report.scale}`}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
  ];
  for (const row of report.rows) {
    const cells = [
      row.title,
      ...names.map((name) => cell(row.results[name])),
      ...others.map((name) => ratio(row, name)),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}
