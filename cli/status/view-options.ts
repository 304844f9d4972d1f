import type { Paint } from './paint.ts';

export interface ViewOptions {
  /** Width of the terminal; infinite when it is none. */
  readonly columns: number;
  readonly paint: Paint;
  /** Problems shown of each folder. */
  readonly problemLimit: number;
}
