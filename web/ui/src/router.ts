import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import type { Role } from './api/types';
import { session } from './session';

/** Rules and zones, for whoever may edit them. */
const rulePages: RouteRecordRaw[] = [
  {
    path: 'rules',
    name: 'rules',
    meta: { title: 'console.menu.rules' },
    component: () => import('./pages/rules/RulesPage.vue'),
  },
  {
    path: 'cameras/:id/zones',
    name: 'zones',
    meta: { title: 'rules.zoneEditor.title' },
    component: () => import('./pages/rules/ZonesPage.vue'),
    props: true,
  },
];
const regulator: RouteRecordRaw = {
  path: '/',
  component: () => import('./pages/regulator/ConsoleShell.vue'),
  children: [
    {
      path: '',
      name: 'today',
      meta: { title: 'console.menu.today' },
      component: () => import('./pages/regulator/TodayPage.vue'),
    },
    {
      path: 'review/:id?',
      name: 'review',
      meta: { title: 'console.menu.review' },
      component: () => import('./pages/regulator/ReviewPage.vue'),
      props: (to) => ({ ...to.params, state: to.query.state }),
    },
    {
      path: 'wall',
      name: 'wall',
      meta: { title: 'console.menu.wall' },
      component: () => import('./pages/wall/WallPage.vue'),
    },
    {
      path: 'archive',
      name: 'archive',
      meta: { title: 'archive.title' },
      component: () => import('./pages/archive/ArchivePage.vue'),
    },
    {
      path: 'archive/looked',
      name: 'looked',
      meta: { title: 'archive.ledger.title' },
      component: () => import('./pages/archive/LookersPage.vue'),
    },
    {
      path: 'canteens',
      name: 'canteens',
      meta: { title: 'console.menu.canteens' },
      component: () => import('./pages/regulator/CanteensPage.vue'),
    },
    {
      path: 'canteens/:id',
      name: 'canteen',
      meta: { title: 'console.menu.canteens' },
      component: () => import('./pages/regulator/CanteenPage.vue'),
      props: true,
    },
    {
      path: 'publication/:id',
      name: 'publication',
      meta: { title: 'publication.title' },
      component: () => import('./pages/publication/PublicationPage.vue'),
      props: true,
    },
    {
      path: 'notices',
      name: 'board',
      meta: { title: 'console.menu.board' },
      component: () => import('./pages/regulator/BoardPage.vue'),
    },
    {
      path: 'notices/:id',
      name: 'notice',
      meta: { title: 'console.menu.board' },
      component: () => import('./pages/regulator/NoticePage.vue'),
      props: true,
    },
    ...rulePages,
    {
      path: 'storage',
      name: 'storage',
      meta: { title: 'console.menu.storage' },
      component: () => import('./pages/storage/StoragePage.vue'),
    },
    {
      path: 'audit',
      name: 'audit',
      meta: { title: 'console.menu.audit' },
      component: () => import('./pages/regulator/AuditPage.vue'),
    },
  ],
};
const manager: RouteRecordRaw = {
  path: '/',
  component: () => import('./pages/manager/ManagerShell.vue'),
  children: [
    {
      path: '',
      name: 'inbox',
      meta: { title: 'manager.tabs.inbox' },
      component: () => import('./pages/manager/InboxPage.vue'),
    },
    {
      path: 'notices/:id',
      name: 'notice',
      meta: { title: 'console.menu.board' },
      component: () => import('./pages/manager/NoticePage.vue'),
      props: true,
    },
    {
      path: 'cameras',
      name: 'cameras',
      meta: { title: 'console.menu.cameras' },
      component: () => import('./pages/manager/CamerasPage.vue'),
    },
    {
      path: 'publication/:id',
      name: 'publication',
      meta: { title: 'publication.title' },
      component: () => import('./pages/publication/PublicationPage.vue'),
      props: true,
    },
    {
      path: 'archive',
      name: 'archive',
      meta: { title: 'archive.title' },
      component: () => import('./pages/archive/ArchivePage.vue'),
    },
    {
      path: 'archive/looked',
      name: 'looked',
      meta: { title: 'archive.ledger.title' },
      component: () => import('./pages/archive/LookersPage.vue'),
    },
  ],
};
const admin: RouteRecordRaw = {
  path: '/',
  component: () => import('./pages/regulator/ConsoleShell.vue'),
  children: [
    {
      path: '',
      name: 'cameras',
      meta: { title: 'console.menu.cameras' },
      component: () => import('./pages/admin/CamerasPage.vue'),
    },
    {
      path: 'cameras/new',
      name: 'new-camera',
      meta: { title: 'console.menu.cameras' },
      component: () => import('./pages/admin/NewCameraPage.vue'),
    },
    {
      path: 'people',
      name: 'people',
      meta: { title: 'console.menu.people' },
      component: () => import('./pages/admin/PeoplePage.vue'),
    },
    {
      path: 'system',
      name: 'system',
      meta: { title: 'console.menu.system' },
      component: () => import('./pages/admin/SystemPage.vue'),
    },
    ...rulePages,
    {
      path: 'storage',
      name: 'storage',
      meta: { title: 'console.menu.storage' },
      component: () => import('./pages/storage/StoragePage.vue'),
    },
    {
      path: 'audit',
      name: 'audit',
      meta: { title: 'console.menu.audit' },
      component: () => import('./pages/regulator/AuditPage.vue'),
    },
  ],
};
const parent: RouteRecordRaw = { path: '/', name: 'home', component: () => import('./pages/shared/ParentHome.vue') };
const BY_ROLE: Record<Role, RouteRecordRaw> = { regulator, manager, admin, parent };

/** Each role has its own pages under the same paths; nobody signed in has the sign-in page only. */
export function buildRouter(role: Role | undefined) {
  const shared: RouteRecordRaw[] = [
    {
      path: '/sign-in',
      name: 'sign-in',
      meta: { title: 'console.signIn.title' },
      component: () => import('./pages/shared/SignInPage.vue'),
    },
    {
      path: '/password',
      name: 'password',
      meta: { title: 'console.password.title' },
      component: () => import('./pages/shared/PasswordPage.vue'),
    },
    { path: '/:rest(.*)*', name: 'lost', component: () => import('./pages/shared/LostPage.vue') },
  ];
  const router = createRouter({
    history: createWebHistory(),
    routes: role === undefined ? shared : [BY_ROLE[role], ...shared],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });
  let isPasswordOffered = false;
  router.beforeEach((to) => {
    // Whoever came by a first link is asked once a visit for a password; a demonstration has none.
    if (session.me?.has_password === false && session.system?.is_demo === false && !isPasswordOffered) {
      isPasswordOffered = true;
      return { name: 'password' };
    }
    if (session.me !== null || to.name === 'sign-in') return true;
    return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  });
  return router;
}
