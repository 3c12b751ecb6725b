package dev.cria.junit;

import dev.cria.model.MissingAnswerException;
import java.util.List;

/** Failures because a transcript has no answer: they say nothing about the model, and recording mends them. */
final class MissingAnswers {
    private static final String ADVICE = "Run the test with -Dcria.transcripts=record, which asks the model and writes"
            + " its answer down.";

    private MissingAnswers() {}

    /** {@return whether a missing answer is behind a failure, also where code under test has wrapped it} */
    static boolean areBehind(Throwable failure) {
        return Causes.of(failure).anyMatch(MissingAnswerException.class::isInstance);
    }

    /** {@return the failure, or one in its place, that says how to record if an answer is missing} */
    static Throwable withAdvice(Throwable failure) {
        if (failure instanceof MissingAnswerException) {
            MissingAnswerException advised = new MissingAnswerException(failure.getMessage() + "\n" + ADVICE);
            advised.setStackTrace(failure.getStackTrace());
            List.of(failure.getSuppressed()).forEach(advised::addSuppressed);
            return advised;
        }
        if (areBehind(failure)) {
            MissingAnswerException advice = new MissingAnswerException(ADVICE);
            advice.setStackTrace(new StackTraceElement[0]);
            failure.addSuppressed(advice);
        }
        return failure;
    }
}
