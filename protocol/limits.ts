/**
 * Every bound that two devices must agree on, with its reason. Sizes are bytes unless the name says otherwise.
 * A decoder refuses what is over a bound before it allocates for it.
 */

/** Longest name of an entry: what ext4, APFS, NTFS and XFS can store (255 bytes, or 255 UTF-16 units, which is no less). */
export const NAME_MAX_BYTES = 255;
/** Longest symlink text: Linux' PATH_MAX without its terminating NUL. */
export const SYMLINK_TARGET_MAX_BYTES = 4095;
/** Longest device or folder name people give: fits a line of a terminal and of a conflict name. */
export const LABEL_MAX_BYTES = 128;

/** Arrays inside arrays in one message: the deepest of ours needs 5, and recursion must be bounded. */
export const CODEC_MAX_DEPTH = 16;
/**
 * Values in one message, arrays counted too. One byte can be an empty array that takes sixteen or more in memory; the most that we
 * write is a log body of 65,536 changes at three values each.
 */
export const CODEC_MAX_VALUES = 262_144;

/** Smallest chunk, but for the last of a file: keeps manifests and per-chunk costs small. */
export const CHUNK_MIN_BYTES = 64 * 1024;
/** Where the chunker changes from its strict to its easy mask; the mean comes out near it. An edit costs about this much. */
export const CHUNK_TARGET_BYTES = 128 * 1024;
/** Largest chunk: bounds what a receiver must hold to check one id. */
export const CHUNK_MAX_BYTES = 512 * 1024;
/** What sealing adds to a plaintext: the AEAD's tag. The nonce is fixed and not stored. */
export const SEAL_OVERHEAD_BYTES = 16;

/** A manifest node below the last one of its level has at least so many items, so that the tree is shallow. */
export const MANIFEST_MIN_ITEMS = 32;
/** One item in so many ends a node once it has the minimum: the mean is then 32 + 96 = 128 items, about 4.5 KiB a node. */
export const MANIFEST_CUT_ONE_IN = 96;
/** No node is longer: bounds the decoder, at about 19 KiB. */
export const MANIFEST_MAX_ITEMS = 512;
/** Highest level of a root: 32^8 chunks of 64 KiB are more than the largest file, 2^53 - 1 bytes. */
export const MANIFEST_MAX_LEVEL = 8;
/** Largest node: 3 bytes before the items, 512 items of a 32-byte id and a length of at most 8 bytes, 2 bytes of count. */
export const MANIFEST_NODE_MAX_BYTES = 4 + MANIFEST_MAX_ITEMS * 40;

/** Largest size, sequence or time that a JavaScript number holds exactly: 2^53 - 1. */
export const SAFE_INTEGER_MAX = Number.MAX_SAFE_INTEGER;
/** Milliseconds since 1970 are kept in 6 bytes: until the year 10889. */
export const TIME_MAX_MS = 2 ** 48 - 1;
/** Epochs are numbered from 1; four bytes are more rotations than a folder will see. */
export const EPOCH_MAX = 2 ** 32 - 1;
/** File times are signed 64-bit nanoseconds: 1677-09-21 to 2262-04-11. What a disk says outside of that is clamped. */
export const MTIME_MIN_NS = -(2n ** 63n);
export const MTIME_MAX_NS = 2n ** 63n - 1n;

/** A packed register: a symlink's target is the longest part. */
export const REGISTER_MAX_BYTES = 64 + 32 + SYMLINK_TARGET_MAX_BYTES;
/** 2^16 shards of 64 entries are 4 million entries; a shard number takes two bytes. */
export const SHARD_BITS_MAX = 16;

/** Sealed body of a log entry: one user action or scan round; small enough to push to every member at once. */
export const LOG_BODY_MAX_BYTES = 256 * 1024;
/** The same inflated: what a deflate bomb can make us hold. Registers deflate about 2 : 1. */
export const LOG_BODY_INFLATED_MAX_BYTES = 4 * 1024 * 1024;
/** Membership heads in one entry: more devices than that changing membership at once is not a real folder. */
export const LOG_HEADS_MAX = 64;
/** Frontier items in one entry: one for each feed ever seen. */
export const LOG_SEEN_MAX = 4096;
/** Signed header and signature around a sealed body, with the most heads. */
export const LOG_ENTRY_MAX_BYTES = LOG_BODY_MAX_BYTES + 256 + LOG_HEADS_MAX * 34;
