import './elements/session/session-view';
