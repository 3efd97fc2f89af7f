import { Api } from './api/api';
import { Http } from './api/http';
import { AppShell } from './elements/app-shell';
import { takeInvitation } from './lib/invitation';
import { Router } from './lib/router';
import { Dashboard } from './state/dashboard';
import { openLink } from './state/link';

// Before anything else reads the address.
const invitation = takeInvitation();

const http = new Http();
const api = new Api(http);
const dashboard = new Dashboard(api, http, openLink);

// A page in the back-forward cache hears nothing; when it comes back it reads on from its number.
window.addEventListener('pagehide', () => dashboard.leave());
window.addEventListener('pageshow', (event) => event.persisted && dashboard.rejoin());
window.addEventListener('online', () => dashboard.retryNow());
window.addEventListener('focus', () => dashboard.cameBack());

// The element is made here and not found in the page, so that it has its parts before it is drawn first.
const shell = new AppShell();
shell.dashboard = dashboard;
shell.router = new Router();
shell.api = api;
shell.invitation = invitation;
document.body.prepend(shell);

void dashboard.begin();
