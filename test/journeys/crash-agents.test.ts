import { describe } from 'vitest';
import { crashMatrix } from '../support/crash-matrix.js';
import { agentsOperations } from '../support/crash-operations.js';

describe('a server that is killed', () => crashMatrix(agentsOperations));
