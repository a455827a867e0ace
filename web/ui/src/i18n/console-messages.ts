import enAdmin from './en/admin';
import enArchive from './en/archive';
import enCodes from './en/codes';
import enConsole from './en/console';
import enManager from './en/manager';
import enNotice from './en/notice';
import enParent from './en/parent';
import enPublication from './en/publication';
import enReview from './en/review';
import enStorage from './en/storage';
import enRules from './en/rules';
import enWall from './en/wall';
import enWords from './en/words';
import zhAdmin from './zh-CN/admin';
import zhArchive from './zh-CN/archive';
import zhCodes from './zh-CN/codes';
import zhConsole from './zh-CN/console';
import zhManager from './zh-CN/manager';
import zhNotice from './zh-CN/notice';
import zhParent from './zh-CN/parent';
import zhPublication from './zh-CN/publication';
import zhReview from './zh-CN/review';
import zhStorage from './zh-CN/storage';
import zhRules from './zh-CN/rules';
import zhWall from './zh-CN/wall';
import zhWords from './zh-CN/words';

/** What the signed-in pages say. */
export const consoleMessages = {
  'zh-CN': {
    ...zhWords,
    code: zhCodes,
    console: zhConsole,
    review: zhReview,
    rules: zhRules,
    notice: zhNotice,
    manager: zhManager,
    parent: zhParent,
    publication: zhPublication,
    admin: zhAdmin,
    storage: zhStorage,
    archive: zhArchive,
    wall: zhWall,
  },
  en: {
    ...enWords,
    code: enCodes,
    console: enConsole,
    review: enReview,
    rules: enRules,
    notice: enNotice,
    manager: enManager,
    parent: enParent,
    publication: enPublication,
    admin: enAdmin,
    storage: enStorage,
    archive: enArchive,
    wall: enWall,
  },
};
