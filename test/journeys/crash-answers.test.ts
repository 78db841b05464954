import { describe } from 'vitest';
import { crashMatrix } from '../support/crash-matrix.js';
import { answersOperations } from '../support/crash-operations.js';

describe('a server that is killed', () => crashMatrix(answersOperations));
