/** Bounds of what peers send each other; those of formats inside messages are in `limits.ts`. */

/** The link's limit on a frame of either lane. */
export const FRAME_MAX_BYTES = 4 * 1024 * 1024;
/** Sealed chunks asked for at once: at 128 KiB each a fifth of a gigabyte, minutes of work on a slow link. */
export const CHUNK_REQUEST_MAX_ITEMS = 4096;
/** Entries or records in one message; the frame bounds their bytes, this the objects made of them. */
export const BATCH_MAX_ITEMS = 65_536;
/** UTF-8 of one multiaddr; even one with a long DNS name stays under it. */
export const ADDRESS_MAX_BYTES = 320;
/** A device with more network interfaces tells of some of them. */
export const ADDRESSES_MAX_PER_DEVICE = 16;
/** Devices whose addresses are told at once. */
export const ADDRESS_BOOK_MAX_DEVICES = 256;
/** Logs of one folder: every device that was ever a member, times its reinstallations. */
export const FRONTIER_MAX_ITEMS = 4096;
/** Heads of a membership DAG: more concurrent records than any folder has members. */
export const RECORD_HEADS_MAX = 64;
/** UTF-8 of a `reject` code and text. */
export const REJECT_CODE_MAX_BYTES = 64;
export const REJECT_MESSAGE_MAX_BYTES = 1024;
