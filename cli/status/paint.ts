import { styleText } from 'node:util';

export type Tone = 'bold' | 'dim' | 'good' | 'busy' | 'bad';

/** Colours one piece of a line, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { bold: 'bold', dim: 'dim', good: 'green', busy: 'cyan', bad: 'red' } as const;

/** Colours only where `stream` is a terminal that wants them; NO_COLOR and FORCE_COLOR are respected. */
export function terminalPaint(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => styleText(STYLES[tone], text, { stream });
}
