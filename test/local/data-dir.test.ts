import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reserveDataDir } from '../../local/data-dir.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('DATA_DIR', () => {
  it('is created, and belongs to one local stack at a time', () => {
    const path = join(temporaryDirectory(), 'new', 'directory');
    const release = reserveDataDir(path);
    expect(() => reserveDataDir(path)).toThrow(
      `DATA_DIR: another local stack uses ${path}: end it, or choose another directory`,
    );
    release();
    onTestFinished(reserveDataDir(path));
  });

  it.each(['file', 'file/below'])('must be a directory that can be written to: %s is none', (name) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const path = join(directory, name);
    expect(() => reserveDataDir(path)).toThrow(`DATA_DIR: ${path} must be a directory that you can write to (E`);
  });
});
