import { ABOUT_NAMES, tryScenarios } from './try-scenarios.ts';

tryScenarios('contents', (name) => !ABOUT_NAMES.test(name));
