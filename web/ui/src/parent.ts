import { createApp } from 'vue';
import { translator } from './i18n';
import enParent from './i18n/en/parent';
import enWords from './i18n/en/words';
import zhParent from './i18n/zh-CN/parent';
import zhWords from './i18n/zh-CN/words';
import ParentPage from './pages/parent/ParentPage.vue';
import './styles/base.css';

const messages = { 'zh-CN': { ...zhWords, parent: zhParent }, en: { ...enWords, parent: enParent } };
const code = decodeURIComponent(window.location.pathname.split('/')[2] ?? '');
createApp(ParentPage, { code }).use(translator(messages)).mount('#app');
