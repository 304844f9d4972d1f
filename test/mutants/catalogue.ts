import { DISK_MUTANTS } from './disk-mutants.ts';
import { LOG_MUTANTS } from './log-mutants.ts';
import { MERGE_MUTANTS } from './merge-mutants.ts';
import type { Mutant } from './mutant.ts';
import { SCAN_MUTANTS } from './scan-mutants.ts';

export const MUTANTS: readonly Mutant[] = [...DISK_MUTANTS, ...SCAN_MUTANTS, ...MERGE_MUTANTS, ...LOG_MUTANTS];
