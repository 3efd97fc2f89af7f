package dev.dashboard.session;

/** Is told what retention takes away. Called on its thread. */
public interface RetentionListener {
    /** It is on record that the contents of a session go. */
    void sessionExpired();

    /** Events have lost their contents. @param bytes that were stored of them, roughly */
    void eventsBuried(int events, long bytes);
}
