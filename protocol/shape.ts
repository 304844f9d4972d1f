import type { Value } from './codec.ts';

/** How one kind of a tagged union travels: a type number, and its fields as the elements of an array. */
export interface Shape<T> {
  readonly type: number;
  /** How many fields there are. */
  readonly size: number;
  write(value: T): readonly Value[];
  /** `next` hands out the fields in order. Throws FormatError. */
  read(next: () => Value): T;
}

/** For decoders: shapes by their type number. Two of one number would be a mistake of ours. */
export function shapesByType<T>(shapes: Iterable<Shape<T>>): ReadonlyMap<number, Shape<T>> {
  const map = new Map<number, Shape<T>>();
  for (const shape of shapes) {
    if (map.has(shape.type)) throw new Error(`two shapes of type ${shape.type}`);
    map.set(shape.type, shape);
  }
  return map;
}
