import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/**
 * Names the files of the TLS listener's certificate and key in HL7_TLS_CERT and HL7_TLS_KEY. Unless the environment does,
 * a self-signed pair for trying out is made once and kept in the data folder.
 */
export async function provideCertificate(dataDir: string): Promise<void> {
  if (process.env.HL7_TLS_CERT && process.env.HL7_TLS_KEY) return;
  const folder = join(dataDir, 'tls');
  const cert = join(folder, 'demo-cert.pem');
  const key = join(folder, 'demo-key.pem');
  if (!existsSync(cert) || !existsSync(key)) {
    const notAfterDate = new Date();
    notAfterDate.setFullYear(notAfterDate.getFullYear() + 10);
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      notAfterDate,
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    mkdirSync(folder, { recursive: true });
    writeFileSync(cert, made.cert);
    writeFileSync(key, made.private, { mode: 0o600 });
  }
  process.env.HL7_TLS_CERT = cert;
  process.env.HL7_TLS_KEY = key;
}
