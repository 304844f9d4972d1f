/** What is checked in a simulated world, by what a violation of it says. Names are those of docs/simulation.md. */
const CHECKS = {
  equal: /^disks differ/,
  'nothing lost': /is lost$/,
  'nothing torn': /which nobody wrote$/,
  'root gate': /wrote below an absent root|wrote where its marker was not/,
  'true claims': /says that all is in sync, but/,
  'in sync': /never gets in sync|not all devices came back/,
  durable: /of its own, which \S+ has$/,
  'by itself': /^not by itself/,
  logs: /two entries are called|is not signed|is no link|does not end as it says/,
  registers: /is not done with|can not reach|has miscounted/,
  quiet: /^not quiet/,
  'says so': /says \S+ at rest/,
  'at rest': /still busy after/,
  unhandled: /a rejection that nobody handled/,
} as const satisfies Readonly<Record<string, RegExp>>;

export type Check = keyof typeof CHECKS;

/** Undefined for what no check says, as an error thrown in the middle of a world. */
export function checkOf(violation: string): Check | undefined {
  for (const [check, pattern] of Object.entries(CHECKS)) if (pattern.test(violation)) return check as Check;
  return undefined;
}
