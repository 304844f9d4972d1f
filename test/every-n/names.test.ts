import { ABOUT_NAMES, tryScenarios } from './try-scenarios.ts';

tryScenarios('names', (name) => ABOUT_NAMES.test(name));
