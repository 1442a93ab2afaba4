import { callbackAddress } from '@catwalk/provider';
import type { Shot } from './load.js';

export const CALLBACK_SECRET = 'bench-secret-of-more-than-32-characters';

/** What all ids begin with, time-ordered as they are; the rest counts up. */
export const DIGITS = '0199a3b4c5d67e7f8a9bc0d1';

/** The replyRef, task id and job id of the nth attempt; the seeds in Postgres are made by the same rule. */
function attemptOf(n: number) {
  const digits = `${DIGITS}${n.toString(16).padStart(8, '0')}`;
  return { replyRef: `att_${digits}`, jobId: `try_${digits}`, taskId: String(FIRST_TASK + n) };
}

export const FIRST_TASK = 307_986_426_000_000;

/** The provider's last word on the nth attempt, as it posts it: a success with two pictures. */
export function callbackShot(n: number): Shot {
  const { replyRef, taskId } = attemptOf(n);
  const { pathname } = new URL(callbackAddress('http://127.0.0.1', 'sandbox', replyRef, CALLBACK_SECRET));
  const body = JSON.stringify(bodyOf(taskId, replyRef));
  const head = [
    `POST ${pathname} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'User-Agent: axios/1.7.2',
    'Accept: */*',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return { bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`), key: replyRef };
}

const DONE = { status: 99, status_name: 'succeed', status_final: true };
const TYPE = 'mmu_img2img_aitryon';

function bodyOf(taskId: string, replyRef: string) {
  const inputs = ['humanImage', 'dressInput'].map((name) => inputOf(name, taskId));
  const args = [
    { name: 'personType', value: 'Female' },
    { name: 'imageCount', value: '2' },
  ];
  const taskInfo = {
    type: TYPE,
    inputs,
    arguments: args,
    extraArgs: {},
    callbackPayloads: [],
    scene: 'NORMAL_CREATION',
  };
  const marks = { favored: false, deleted: false, viewed: false };
  const times = { createTime: 1_745_376_611_075, updateTime: 1_745_376_642_310 };
  const task = {
    id: Number(taskId),
    userId: 12_345,
    type: TYPE,
    scene: 'NORMAL_CREATION',
    ...DONE,
    taskInfo,
    ...marks,
    ...times,
  };
  const waits = {
    etaTime: 0,
    etaTimeOverSla: false,
    queuingEtaTime: 0,
    originEtaTime: 0,
    originQueuingEtaTime: 0,
  };
  return {
    replyRef,
    ...DONE,
    ...waits,
    message: 'success',
    task,
    works: [0, 1].map((n) => workOf(taskId, n)),
  };
}

function inputOf(name: string, taskId: string) {
  const url = `https://shop.example.com/media/catalogue/2025/${name}/${taskId}.jpg`;
  return { name, inputType: 'URL', token: null, blobStorage: null, url, cover: null, fromWorkId: null };
}

function workOf(taskId: string, n: number) {
  const workId = Number(taskId) * 2 + n;
  const address = `https://s21-kling.klingai.com/bs2/upload-ylab-stunt-sgp/muse/${workId}/IMAGE/20250423/output_${n}.png`;
  const resource = {
    resource: address,
    height: 1_024,
    width: 768,
    duration: 0,
    resourceKey: `muse-${workId}`,
  };
  const cover = { resource: address, height: 1_024, width: 768 };
  const ids = { workId, workItemId: workId, taskId: Number(taskId), userId: 12_345 };
  return { ...ids, type: TYPE, ...DONE, contentType: 'image', resource, cover, starNum: 0 };
}
