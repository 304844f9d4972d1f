/** The directory that a job is about. */
export interface RootReference {
  readonly path: string;
  /** What the root was when the folder was set up; a job on another directory is refused with 'root-changed'. */
  readonly device: bigint;
  readonly inode: bigint;
  /** The text its marker file must hold. */
  readonly marker: string;
  /** True where names are listed decomposed: they are composed again before they leave the job. */
  readonly decomposes?: boolean;
}

/** Something that went wrong at one path; `code` is an errno name or one of ours in lower case. */
export interface PathProblem {
  readonly code: string;
  readonly message: string;
}
