package dev.cria.junit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.ThrowingConsumer;
import org.opentest4j.TestAbortedException;

/**
 * Assertions of a whole table of cases, of which not each has to succeed.
 *
 * @param <T> the type of a case
 */
public final class CasesAssert<T> extends AbstractAssert<CasesAssert<T>, List<? extends T>> {
    CasesAssert(List<? extends T> actual) {
        super(actual, CasesAssert.class);
    }

    /**
     * Checks all cases, one after the other, and that enough of them pass. A failure lists every case that did not,
     * with the reason and with what the model was asked and answered for it.
     *
     * @param share the part of the cases that must pass: above 0, at most 1
     * @param check checks a case, with any assertions; whatever it throws is a failure of this case. Only an answer
     *        that is missing in a transcript, an assumption that does not hold, an interrupt and an error of the
     *        virtual machine end the whole test at once
     * @return this
     * @throws IllegalArgumentException if there is no such share, or no case
     */
    public CasesAssert<T> passAtLeast(double share, ThrowingConsumer<? super T> check) {
        isNotNull();
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("the share of cases that must pass is above 0 and at most 1, not "
                    + share);
        }
        if (actual.isEmpty()) {
            throw new IllegalArgumentException("there are no cases of which " + percent(share) + " could pass");
        }
        List<String> failed = new ArrayList<>();
        for (int i = 0; i < actual.size(); i++) {
            String name = "Case " + (i + 1) + ", " + actual.get(i) + ":\n";
            problem(actual.get(i), check).ifPresent(problem -> failed.add(name + problem));
        }
        int passed = actual.size() - failed.size();
        int needed = (int) Math.ceil(share * actual.size() - 1e-9); // 0.7 of 10 are 7, whatever the last bit says
        if (passed < needed) {
            throw failure("%s", "At least " + needed + " of " + actual.size() + " cases should pass (" + percent(share)
                    + "), but only " + passed + (passed == 1 ? " does" : " do") + ". These fail:\n\n"
                    + String.join("\n\n", failed));
        }
        return this;
    }

    private static String percent(double share) {
        return BigDecimal.valueOf(share).movePointRight(2).setScale(2, RoundingMode.HALF_UP).stripTrailingZeros()
                .toPlainString() + " %";
    }

    /** {@return what is wrong with a case, and what the model was asked for it} */
    private static <T> Optional<String> problem(T each, ThrowingConsumer<? super T> check) {
        TestScope part = TestScope.part();
        part.exchanges().begin();
        try {
            return part.call(() -> {
                check.accept(each);
                return Optional.empty();
            });
        } catch (RuntimeException | Error failure) {
            if (endsTheTest(failure)) {
                throw failure;
            }
            return Optional.of((ExchangeText.indented(reason(failure).strip())
                    + ExchangeText.beyond(failure, part.exchanges().results()).text()).stripTrailing());
        } finally {
            part.exchanges().end();
        }
    }

    private static boolean endsTheTest(Throwable failure) {
        return failure instanceof TestAbortedException || failure instanceof VirtualMachineError
                || MissingAnswers.areBehind(failure) || Thread.currentThread().isInterrupted()
                || Causes.of(failure).anyMatch(InterruptedException.class::isInstance);
    }

    /** A failure that is no assertion's is found by its place. */
    private static String reason(Throwable failure) {
        if (failure instanceof AssertionError) {
            return String.valueOf(failure.getMessage());
        }
        StackTraceElement[] trace = Causes.of(failure).reduce(failure, (_, cause) -> cause).getStackTrace();
        return failure + (trace.length == 0 ? "" : "\nat " + trace[0]);
    }
}
