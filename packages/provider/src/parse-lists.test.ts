import { describe, expect, test } from 'vitest';
import { parseAccounts } from './parse-accounts.js';
import { parseScheduler, parseSchedulerAvailability } from './parse-scheduler.js';
import { parseTaskListing } from './parse-task-listing.js';

describe('the scheduler', () => {
  test('lists tasks with exact ids; entries without one are skipped', () => {
    const body = `[{"id":867283741759111202,"email":"anna@example.com","replyRef":"att_1","started":"x"},
      {"email":"anna@example.com"}, null, "x", {"id":7,"email":null}]`;
    expect(parseScheduler(body)).toEqual([
      { taskId: '867283741759111202', email: 'anna@example.com', replyRef: 'att_1' },
      { taskId: '7', email: null, replyRef: null },
    ]);
  });
  test.each(['{}', '{"error":"no"}', '<html>', '', 'null', '[{"id":1}'])('%s is no list', (body) => {
    expect(parseScheduler(body)).toBeNull();
  });
  test('an empty list is a list', () => {
    expect(parseScheduler('[]')).toEqual([]);
  });
  test('tells free slots by account', () => {
    const available = [{ email: 'anna@example.com', maxJobs: 5, executing: 2, available: 3 }, { maxJobs: 1 }];
    expect(parseSchedulerAvailability(JSON.stringify({ executing: [{ id: 7 }], available }))).toEqual({
      executing: [{ taskId: '7', email: null, replyRef: null }],
      available: [available[0]],
    });
    expect(parseSchedulerAvailability('{"executing":[]}')).toBeNull();
  });
});

describe('the task listing', () => {
  const taskInfo = {
    inputs: [
      { name: 'humanImage', url: 'https://a.example/h.jpg?x=1' },
      { name: 'dressInput', url: 'https://a.example/d.jpg' },
      { name: 'other', url: 'https://a.example/o.jpg' },
      { name: 'upperInput', url: null },
    ],
    arguments: [{ name: 'imageCount', value: '2' }],
  };
  const expected = {
    taskId: '7',
    createdAtMs: 1745376611075,
    inputs: { humanImage: 'https://a.example/h.jpg?x=1', dressInput: 'https://a.example/d.jpg' },
    imageCount: 2,
  };
  test.each([
    ['under task', { task: { id: 7, taskInfo, createTime: 1745376611075 }, works: [] }],
    ['in the entry itself', { id: 7, taskInfo, createTime: 1745376611075 }],
    ['in its works', { works: [{ taskId: 7, taskInfo }], created: '2025-04-23T02:50:11.075Z' }],
  ])('reads what a task was asked to do %s', (_, entry) => {
    expect(parseTaskListing(JSON.stringify({ history: [entry] }), 10)).toEqual({
      tasks: [expected],
      full: false,
    });
  });
  test('what is not known is null, and entries without an id are skipped but fill the page', () => {
    const body = JSON.stringify({ history: [{ task: { id: 8 } }, {}, null] });
    const unknown = { taskId: '8', createdAtMs: null, inputs: {}, imageCount: null };
    expect(parseTaskListing(body, 3)).toEqual({ tasks: [unknown], full: true });
    expect(parseTaskListing(body, 4)?.full).toBe(false);
  });
  test.each(['[]', '{}', '{"history":{}}', '<html>', ''])('%s is no listing', (body) => {
    expect(parseTaskListing(body, 10)).toBeNull();
  });
});

describe('the accounts', () => {
  test('are keyed by email', () => {
    const body = { 'anna@example.com': { email: 'anna@example.com', maxJobs: 5 }, 'ben@example.com': {} };
    expect(parseAccounts(JSON.stringify(body))).toEqual([
      { email: 'anna@example.com', maxJobs: 5 },
      { email: 'ben@example.com', maxJobs: null },
    ]);
  });
  test.each(['{"error":"no"}', '[]', 'null', '<html>'])('%s is no such map', (body) => {
    expect(parseAccounts(body)).toBeNull();
  });
  test('an empty map is none', () => {
    expect(parseAccounts('{}')).toEqual([]);
  });
});
