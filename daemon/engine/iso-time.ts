/** ISO 8601 in UTC of a moment that somebody else's clock told, in milliseconds since 1970. */
export function isoTime(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: only formats; it never asks what time it is
  return new Date(ms).toISOString();
}

/** The other way round. NaN for what is no such time; the form of requests is checked before they come here. */
export function timeOf(iso: string): number {
  // biome-ignore lint/style/noRestrictedGlobals: only reads; it never asks what time it is
  return Date.parse(iso);
}
