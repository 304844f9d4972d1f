/**
 * The names of things, as values. Ids travel as bytes and live in memory as lower-case hex strings, so that they
 * compare, sort and key a map by value. Brands keep one kind from being used for another.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A device's Ed25519 public key: 32 bytes, 64 hex digits. Shown to people as its libp2p PeerId. */
export type DeviceId = Branded<'DeviceId'>;
/** Drawn at random with every fresh state database of a device: 16 bytes, 32 hex digits. */
export type InstanceId = Branded<'InstanceId'>;
/** Hash of a folder's genesis record: 32 bytes, 64 hex digits. */
export type FolderId = Branded<'FolderId'>;
/** One device instance's log in one folder, and its Automerge actor: 16 bytes, 32 hex digits. */
export type FeedId = Branded<'FeedId'>;
/** One file, directory or symlink of a folder, whatever it is called: 16 bytes, 32 hex digits. */
export type EntryId = Branded<'EntryId'>;
/** Keyed hash of a chunk's plaintext, or of a manifest node's: 32 bytes, 64 hex digits. */
export type ChunkId = Branded<'ChunkId'>;
/**
 * Names the whole content of a file version within an epoch: the ChunkId of its only chunk, or of the root node of
 * its manifest; for a symlink the keyed hash of its target; for a directory always `NO_DIGEST`.
 */
export type Digest = Branded<'Digest'>;
/** SHA-256 of a membership record or a log entry header: 32 bytes, 64 hex digits. */
export type RecordId = Branded<'RecordId'>;

/** The directory that every other entry of a folder lives under: the local root itself. */
export const ROOT_ENTRY = '0'.repeat(32) as EntryId;
export const NO_DIGEST = '0'.repeat(64) as Digest;
