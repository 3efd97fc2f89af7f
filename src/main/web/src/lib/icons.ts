import { html, svg, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';
import inbox from 'lucide-static/icons/inbox.svg?raw';
import layers from 'lucide-static/icons/layers.svg?raw';
import plus from 'lucide-static/icons/plus.svg?raw';
import search from 'lucide-static/icons/search.svg?raw';
import ellipsis from 'lucide-static/icons/ellipsis.svg?raw';
import chevronDown from 'lucide-static/icons/chevron-down.svg?raw';
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw';
import chevronLeft from 'lucide-static/icons/chevron-left.svg?raw';
import chevronUp from 'lucide-static/icons/chevron-up.svg?raw';
import x from 'lucide-static/icons/x.svg?raw';
import check from 'lucide-static/icons/check.svg?raw';
import circleCheck from 'lucide-static/icons/circle-check.svg?raw';
import circleX from 'lucide-static/icons/circle-x.svg?raw';
import triangleAlert from 'lucide-static/icons/triangle-alert.svg?raw';
import info from 'lucide-static/icons/info.svg?raw';
import moon from 'lucide-static/icons/moon.svg?raw';
import sun from 'lucide-static/icons/sun.svg?raw';
import monitor from 'lucide-static/icons/monitor.svg?raw';
import keyboard from 'lucide-static/icons/keyboard.svg?raw';
import logOut from 'lucide-static/icons/log-out.svg?raw';
import keyRound from 'lucide-static/icons/key-round.svg?raw';
import terminal from 'lucide-static/icons/terminal.svg?raw';
import fileText from 'lucide-static/icons/file-text.svg?raw';
import filePen from 'lucide-static/icons/file-pen.svg?raw';
import filePlus from 'lucide-static/icons/file-plus.svg?raw';
import folder from 'lucide-static/icons/folder.svg?raw';
import folderOpen from 'lucide-static/icons/folder-open.svg?raw';
import globe from 'lucide-static/icons/globe.svg?raw';
import listTodo from 'lucide-static/icons/list-todo.svg?raw';
import listChecks from 'lucide-static/icons/list-checks.svg?raw';
import bot from 'lucide-static/icons/bot.svg?raw';
import brain from 'lucide-static/icons/brain.svg?raw';
import pencil from 'lucide-static/icons/pencil.svg?raw';
import copy from 'lucide-static/icons/copy.svg?raw';
import square from 'lucide-static/icons/square.svg?raw';
import play from 'lucide-static/icons/play.svg?raw';
import rotateCcw from 'lucide-static/icons/rotate-ccw.svg?raw';
import cornerDownLeft from 'lucide-static/icons/corner-down-left.svg?raw';
import arrowDown from 'lucide-static/icons/arrow-down.svg?raw';
import arrowUp from 'lucide-static/icons/arrow-up.svg?raw';
import arrowLeft from 'lucide-static/icons/arrow-left.svg?raw';
import wrench from 'lucide-static/icons/wrench.svg?raw';
import shield from 'lucide-static/icons/shield.svg?raw';
import shieldCheck from 'lucide-static/icons/shield-check.svg?raw';
import cpu from 'lucide-static/icons/cpu.svg?raw';
import gauge from 'lucide-static/icons/gauge.svg?raw';
import clock from 'lucide-static/icons/clock.svg?raw';
import gitBranch from 'lucide-static/icons/git-branch.svg?raw';
import plug from 'lucide-static/icons/plug.svg?raw';
import send from 'lucide-static/icons/send.svg?raw';
import circleStop from 'lucide-static/icons/circle-stop.svg?raw';
import pause from 'lucide-static/icons/pause.svg?raw';
import wifiOff from 'lucide-static/icons/wifi-off.svg?raw';
import refreshCw from 'lucide-static/icons/refresh-cw.svg?raw';
import messageCircleQuestionMark from 'lucide-static/icons/message-circle-question-mark.svg?raw';
import mapIcon from 'lucide-static/icons/map.svg?raw';
import scissors from 'lucide-static/icons/scissors.svg?raw';
import eye from 'lucide-static/icons/eye.svg?raw';
import notebookPen from 'lucide-static/icons/notebook-pen.svg?raw';
import linkIcon from 'lucide-static/icons/link.svg?raw';
import hourglass from 'lucide-static/icons/hourglass.svg?raw';
import user from 'lucide-static/icons/user.svg?raw';
import users from 'lucide-static/icons/users.svg?raw';
import octagonX from 'lucide-static/icons/octagon-x.svg?raw';
import menu from 'lucide-static/icons/menu.svg?raw';
import panelRight from 'lucide-static/icons/panel-right.svg?raw';
import panelLeft from 'lucide-static/icons/panel-left.svg?raw';
import externalLink from 'lucide-static/icons/external-link.svg?raw';
import undo2 from 'lucide-static/icons/undo-2.svg?raw';
import sparkles from 'lucide-static/icons/sparkles.svg?raw';
import circleDashed from 'lucide-static/icons/circle-dashed.svg?raw';
import circle from 'lucide-static/icons/circle.svg?raw';
import list from 'lucide-static/icons/list.svg?raw';
import settings2 from 'lucide-static/icons/settings-2.svg?raw';
import rows3 from 'lucide-static/icons/rows-3.svg?raw';
import filter from 'lucide-static/icons/filter.svg?raw';
import zap from 'lucide-static/icons/zap.svg?raw';
import hash from 'lucide-static/icons/hash.svg?raw';
import codeIcon from 'lucide-static/icons/code.svg?raw';
import download from 'lucide-static/icons/download.svg?raw';
import lock from 'lucide-static/icons/lock.svg?raw';
import scrollText from 'lucide-static/icons/scroll-text.svg?raw';
import userPlus from 'lucide-static/icons/user-plus.svg?raw';
import circleUser from 'lucide-static/icons/circle-user.svg?raw';
import settings from 'lucide-static/icons/settings.svg?raw';
import ban from 'lucide-static/icons/ban.svg?raw';

// Lucide (ISC licence), one by one, so that only what is used ships. State glyphs and the mark are our own: lib/glyphs.ts.
const SOURCES = {
  inbox,
  layers,
  plus,
  search,
  ellipsis,
  'chevron-down': chevronDown,
  'chevron-right': chevronRight,
  'chevron-left': chevronLeft,
  'chevron-up': chevronUp,
  x,
  check,
  'circle-check': circleCheck,
  'circle-x': circleX,
  'triangle-alert': triangleAlert,
  info,
  moon,
  sun,
  monitor,
  keyboard,
  'log-out': logOut,
  'key-round': keyRound,
  terminal,
  'file-text': fileText,
  'file-pen': filePen,
  'file-plus': filePlus,
  folder,
  'folder-open': folderOpen,
  globe,
  'list-todo': listTodo,
  'list-checks': listChecks,
  bot,
  brain,
  pencil,
  copy,
  square,
  play,
  'rotate-ccw': rotateCcw,
  'corner-down-left': cornerDownLeft,
  'arrow-down': arrowDown,
  'arrow-up': arrowUp,
  'arrow-left': arrowLeft,
  wrench,
  shield,
  'shield-check': shieldCheck,
  cpu,
  gauge,
  clock,
  'git-branch': gitBranch,
  plug,
  send,
  'circle-stop': circleStop,
  pause,
  'wifi-off': wifiOff,
  'refresh-cw': refreshCw,
  'message-circle-question-mark': messageCircleQuestionMark,
  map: mapIcon,
  scissors,
  eye,
  'notebook-pen': notebookPen,
  link: linkIcon,
  hourglass,
  user,
  users,
  'octagon-x': octagonX,
  menu,
  'panel-right': panelRight,
  'panel-left': panelLeft,
  'external-link': externalLink,
  'undo-2': undo2,
  sparkles,
  'circle-dashed': circleDashed,
  circle,
  list,
  'settings-2': settings2,
  'rows-3': rows3,
  filter,
  zap,
  hash,
  code: codeIcon,
  download,
  lock,
  'scroll-text': scrollText,
  'user-plus': userPlus,
  'circle-user': circleUser,
  settings,
  ban,
} as const;

export type IconName = keyof typeof SOURCES;

const bodies = new Map<IconName, string>();

/** The drawing inside the file's own svg element; the file is part of this build, not text from outside. */
function body(name: IconName): string {
  let kept = bodies.get(name);
  if (kept === undefined) {
    kept = SOURCES[name].replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').trim();
    bodies.set(name, kept);
  }
  return kept;
}

/**
 * A decorative icon, hidden from readers: whatever it says must be said in words beside it, or in the name of its button.
 * 16 px; `small` is 14 px. Needs the `controls` sheet.
 */
export function icon(name: IconName, small = false): TemplateResult {
  return html`<svg class=${small ? 'i i-sm' : 'i'} viewBox="0 0 24 24" aria-hidden="true">${svg`${unsafeSVG(body(name))}`}</svg>`;
}
