import { createApp } from 'vue';
import App from './App.vue';
import { whenSignedOut } from './api/http';
import { consoleMessages } from './i18n/console-messages';
import { translator } from './i18n';
import { buildRouter } from './router';
import { loadSession, session } from './session';
import './styles/base.css';

// A session that ended elsewhere: start from the sign-in page, with the way back in the address.
whenSignedOut(() => {
  if (session.me !== null) window.location.assign(`/sign-in?to=${encodeURIComponent(window.location.pathname)}`);
});

await loadSession();
createApp(App).use(translator(consoleMessages)).use(buildRouter(session.me?.role)).mount('#app');
