export { liftRequestBound } from './bound-request.js';
export {
  createGroupCommit,
  type GroupCommit,
  type GroupCommitOptions,
  OverloadedError,
} from './create-group-commit.js';
export { createLogger, type Logger } from './create-logger.js';
export { createOutageLog, type OutageLog, type OutageName } from './create-outage-log.js';
export {
  type AccountLimit,
  accountsSetting,
  keysSetting,
  type NamedKey,
  secretsSetting,
} from './credential-settings.js';
export { cutQuery } from './cut-query.js';
export { judgePrivateAddresses } from './judge-private-addresses.js';
export { keepGarbageYoung } from './keep-garbage-young.js';
export { providerPlace, publicWebhookUrl } from './outside-places.js';
export { ownOrigins } from './own-origins.js';
export { parseSettings, type SettingProblem, type SettingRule, SettingsError } from './parse-settings.js';
export {
  awsKeyRule,
  type PicturePlace,
  type PictureSettings,
  picturePlace,
} from './picture-settings.js';
export { type CheckResult, reportChecks, StartRefusedError } from './report-checks.js';
export { type App, explainStartFailure, runApp } from './run-app.js';
export { hostInUrl, PortTakenError, type RunningServer, type ServeOptions, serve } from './serve.js';
export {
  apiKeysRule,
  baseUrlRule,
  distinctKeysRule,
  tokenRule,
  webhookUrlRule,
} from './setting-rules.js';
export {
  listSetting,
  millisSetting,
  originSetting,
  type PortSetting,
  portSetting,
  serverUrlSetting,
  switchSetting,
  wholeNumberSetting,
} from './setting-types.js';
export { type Mode, settingsFields } from './settings-fields.js';
export { type PathSignature, signPath, verifyPath } from './sign-path.js';
export type { ImagePrice } from './spend-settings.js';
export { stopOnSignals } from './stop-on-signals.js';
export { within } from './within.js';
