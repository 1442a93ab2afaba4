import { expect, it } from 'vitest';
import { isPrivate } from '../../src/outbound/index.js';

const hostOf = (address: string) => new URL(address).hostname;

it.each([
  'http://localhost',
  'http://LOCALHOST.',
  'http://shop.localhost:4310',
  'http://printer.local',
  'http://127.0.0.1',
  'http://127.8.8.8',
  'http://0.0.0.0',
  'http://10.1.2.3',
  'http://172.16.0.1',
  'http://172.31.255.255',
  'http://192.168.1.1',
  'http://169.254.169.254',
  'http://100.64.0.1',
  // The same machine in numbers that few would recognise.
  'http://2130706433',
  'http://0x7f000001',
  'http://0177.0.0.1',
  'http://127.1',
  'http://0',
  'http://[::1]',
  'http://[::]',
  'http://[fc00::1]',
  'http://[fdff::1]',
  'http://[fe80::1]',
  'http://[febf::1]',
  'http://[fec0::1]',
  'http://[::ffff:10.0.0.1]',
  'http://[64:ff9b::10.0.0.1]',
])('%s lies inside a network of one’s own', (address) => {
  expect(isPrivate(hostOf(address))).toBe(true);
});

it.each([
  'https://pictures.example',
  'https://localhost.example',
  'https://10.example',
  'https://fc00.example',
  'http://8.8.8.8',
  'http://172.15.0.1',
  'http://172.32.0.1',
  'http://192.169.0.1',
  'http://[2001:4860:4860::8888]',
  // As DNS64 answers for an IPv4 host.
  'http://[64:ff9b::93.184.216.34]',
])('%s may be reached by anybody', (address) => {
  expect(isPrivate(hostOf(address))).toBe(false);
});
