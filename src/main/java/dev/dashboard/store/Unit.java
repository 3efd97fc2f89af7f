package dev.dashboard.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One unit of work on its way through the writer: what it computed is kept back until the commit. Owned by the writer's thread. */
final class Unit<T> {
    private final WriteWork<T> work;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private List<Runnable> hooks = List.of();
    private int events;
    private T result;
    private Throwable failure;

    Unit(WriteWork<T> work) {
        this.work = work;
    }

    CompletableFuture<T> answer() {
        return answer;
    }

    /** Whether somebody still wants it done; only probes are given up. */
    boolean isWanted() {
        return !answer.isDone();
    }

    /** Runs the work; false when it failed, and what it did must be rolled back. */
    boolean run(Statements statements, Pulse pulse) {
        UnitTransaction transaction = new UnitTransaction(statements, pulse);
        pulse.beat();
        try {
            result = work.write(transaction);
            hooks = transaction.finish();
            events = transaction.events();
            return true;
        } catch (Throwable e) {
            failure = e;
            return false;
        } finally {
            transaction.end();
            pulse.rest();
        }
    }

    /** How many events it stores. */
    int events() {
        return events;
    }

    List<Runnable> hooks() {
        return hooks;
    }

    void answerIt() {
        if (failure == null) {
            answer.complete(result);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    /** The group was lost; a unit that had failed by itself keeps its own reason. */
    void refuse(RuntimeException reason) {
        answer.completeExceptionally(failure == null ? reason : failure);
    }
}
