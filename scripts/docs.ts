/** `npm run docs`: writes the pages of docs/ that are made from the code: docs/errors.md and docs/api.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage } from './api-page';
import { errorsPage } from './errors-page';

const root = join(__dirname, '..');
writeFileSync(join(root, 'docs', 'errors.md'), errorsPage());
writeFileSync(join(root, 'docs', 'api.md'), apiPage(root));
