/** Named by the interface of the local API. Where the types of a host are loaded, this merges with theirs. */
interface AbortSignal {
  readonly aborted: boolean;
}
