/** `npm run docs`: writes the pages of docs/ that are made from the code: docs/errors.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from './errors-page';

writeFileSync(join(__dirname, '..', 'docs', 'errors.md'), errorsPage());
