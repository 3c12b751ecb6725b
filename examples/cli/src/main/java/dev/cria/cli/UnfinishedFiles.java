package dev.cria.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Lets a program that is told to end, by Ctrl-C say, remove the files that it has not finished. */
final class UnfinishedFiles {
    /** How long the end of the program waits for that. */
    private static final int SECONDS_TO_CLEAN_UP = 30;

    private UnfinishedFiles() {}

    /** Runs what removes its files when its thread is interrupted, and interrupts it when the program ends. */
    static <T> T interruptible(Supplier<T> work) {
        Thread worker = Thread.currentThread();
        CountDownLatch finished = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            worker.interrupt();
            try {
                finished.await(SECONDS_TO_CLEAN_UP, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "cria-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.get();
        } finally {
            finished.countDown();
            removeHook(hook);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the program is ending, and it was the hook that ended the work
        }
    }
}
