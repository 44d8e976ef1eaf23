// A real OIDC provider on loopback, with one confidential client that gets JWT access tokens (RFC 9068).
// Prints its issuer when it listens; `rotate` on standard input makes it sign with a new key.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createInterface } from 'node:readline';

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));
const audience = 'https://gateway.example';

function key(kid, algorithm) {
  const pair = algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

function provider(issuer, keys, algorithm) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: [{
      client_id: 'billing-app',
      client_secret: 'a-secret-for-tests-only',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: algorithm,
    }],
    scopes: ['chat'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'chat',
          audience: resource,
          accessTokenTTL: 120,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    extraTokenClaims: () => ({ tid: 'acme', purposes: ['billing'], groups: ['staff'] }),
  });
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let answer = provider(issuer, [key('first', 'RS256')], 'RS256').callback();
  server.on('request', (request, response) => answer(request, response));
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'rotate') {
      answer = provider(issuer, [key('second', 'ES256')], 'ES256').callback();
      console.log('rotated');
    }
  }).on('close', () => process.exit(0));
  console.log(issuer);
});
