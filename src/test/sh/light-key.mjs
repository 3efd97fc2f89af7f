// Makes the key of a restic repository quick to open: node light-key.mjs REPOSITORY PASSWORD_FILE
//
// restic opens a repository by deriving a key from the password, which takes half a second of a core by intent. Tests open repositories
// hundreds of times. This stores the same master key again under a derivation that costs nothing. For throw-away repositories alone.
import {createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync} from 'node:crypto';
import {readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [repository, passwordFile] = process.argv.slice(2);
const password = readFileSync(passwordFile, 'utf8').trim();
const keys = join(repository, 'keys');
const [heavy] = readdirSync(keys);
const key = JSON.parse(readFileSync(join(keys, heavy), 'utf8'));

const master = decrypted(Buffer.from(key.data, 'base64'), derived(key));
const light = {...key, N: 2, r: 1, p: 1, salt: randomBytes(64).toString('base64')};
light.data = encrypted(master, derived(light)).toString('base64');
const file = JSON.stringify(light);
writeFileSync(join(keys, createHash('sha256').update(file).digest('hex')), file, {mode: 0o400});
rmSync(join(keys, heavy));

// 32 bytes to encrypt by, 16 and 16 to authenticate by.
function derived({N, r, p, salt}) {
  return scryptSync(password, Buffer.from(salt, 'base64'), 64, {N, r, p, maxmem: 1 << 28});
}

function decrypted(data, by) {
  const decipher = createDecipheriv('aes-256-ctr', by.subarray(0, 32), data.subarray(0, 16));
  return Buffer.concat([decipher.update(data.subarray(16, -16)), decipher.final()]);
}

function encrypted(plain, by) {
  const nonce = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', by.subarray(0, 32), nonce);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, text, poly1305Aes(text, nonce, by.subarray(32, 48), by.subarray(48))]);
}

// Poly1305 with the second half of its key by AES from the nonce, as restic authenticates.
function poly1305Aes(message, nonce, k, r) {
  const block = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false).update(nonce);
  const factor = number(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const part = message.subarray(at, at + 16);
    sum = ((sum + number(part) + (1n << BigInt(8 * part.length))) * factor) % ((1n << 130n) - 5n);
  }
  const tag = (sum + number(block)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

// Little end first.
function number(bytes) {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
