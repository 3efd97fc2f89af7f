import { unsafeCSS, type CSSResult } from 'lit';
import controlsText from './controls.css?inline';

/**
 * The sheet that every element adopts: resets, text helpers, buttons, fields, keys, notes. Constructed once and shared; an
 * adopted sheet needs no exception in the content security policy.
 */
export const controls: CSSResult = unsafeCSS(controlsText);
