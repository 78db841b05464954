import { describe } from 'vitest';
import { crashMatrix } from '../support/crash-matrix.js';
import { releasesOperations } from '../support/crash-operations.js';

describe('a server that is killed', () => crashMatrix(releasesOperations));
