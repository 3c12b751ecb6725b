package dev.cria.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/** Runs a {@link RepeatedPrompt} as often as is needed to know whether it succeeds often enough. */
public final class RepeatedPromptExtension implements TestTemplateInvocationContextProvider {
    /** Made by JUnit. */
    public RepeatedPromptExtension() {}

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), RepeatedPrompt.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        RepeatedPrompt prompt = AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), RepeatedPrompt.class)
                .orElseThrow();
        check(prompt, context.getRequiredTestMethod().getName());
        Tally tally = new Tally(prompt.value(), prompt.minSuccess());
        return IntStream.range(0, prompt.value()).takeWhile(_ -> !tally.isDecided())
                .mapToObj(i -> new Sample(tally, new Sampling(prompt.temperature(), prompt.firstSeed() + i)));
    }

    private static void check(RepeatedPrompt prompt, String method) {
        if (prompt.value() < 1 || prompt.minSuccess() < 1 || prompt.minSuccess() > prompt.value()) {
            throw new ExtensionConfigurationException("@RepeatedPrompt of " + method
                    + " must have a value of at least 1 and minSuccess from 1 to that, but has value = "
                    + prompt.value() + ", minSuccess = " + prompt.minSuccess());
        }
        if (!(prompt.temperature() > 0)) {
            throw new ExtensionConfigurationException("@RepeatedPrompt of " + method
                    + " must have a temperature above 0, but has " + prompt.temperature()
                    + ": without drawing, all samples are the same");
        }
    }

    /** How the samples went so far. Thread-safe. */
    private static final class Tally {
        private final int samples;
        private final int minSuccess;
        private final List<Throwable> failures = new ArrayList<>();
        private final List<Long> failedSeeds = new ArrayList<>();
        private int successes;

        Tally(int samples, int minSuccess) {
            this.samples = samples;
            this.minSuccess = minSuccess;
        }

        synchronized boolean isDecided() {
            return successes >= minSuccess || isLost();
        }

        private boolean isLost() {
            return samples - failures.size() < minSuccess;
        }

        synchronized void success() {
            successes++;
        }

        /** {@return what is to be thrown for a failed sample} */
        synchronized Throwable failure(Throwable failure, long seed) {
            failures.add(failure);
            failedSeeds.add(seed);
            String message = failure instanceof AssertionError
                    ? String.valueOf(failure.getMessage()).strip()
                    : failure.toString();
            if (!isLost()) {
                return inPlaceOf(failure, new TestAbortedException("the sample with seed " + seed + " failed, but "
                        + minSuccess + " of " + samples + " can still succeed: " + message, failure.getCause()));
            }
            Throwable error = inPlaceOf(failure, new AssertionError(successes + " of "
                    + (successes + failures.size()) + " samples succeeded, so " + minSuccess + " of " + samples
                    + " cannot be reached. Failed with the seeds " + failedSeeds + ". The last failure:\n" + message,
                    failure.getCause()));
            failures.subList(0, failures.size() - 1).forEach(error::addSuppressed);
            return error;
        }

        /** As a cause, the failure would show its message again. */
        private static Throwable inPlaceOf(Throwable failure, Throwable other) {
            other.setStackTrace(failure.getStackTrace());
            List.of(failure.getSuppressed()).forEach(other::addSuppressed);
            return other;
        }
    }

    /** One run of the test. */
    private record Sample(Tally tally, Sampling sampling)
            implements
                TestTemplateInvocationContext,
                TestInstancePreConstructCallback,
                TestInstancePostProcessor,
                BeforeEachCallback,
                TestExecutionExceptionHandler,
                AfterTestExecutionCallback {
        @Override
        public String getDisplayName(int invocationIndex) {
            return "sample " + invocationIndex + ", seed " + sampling.seed();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public void preConstructTestInstance(TestInstanceFactoryContext factory, ExtensionContext context) {
            sampling.beginConstruction(context);
        }

        @Override
        public void postProcessTestInstance(Object test, ExtensionContext context) {
            Sampling.endConstruction(context);
        }

        @Override
        public void beforeEach(ExtensionContext context) {
            sampling.begin(context);
        }

        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            if (failure instanceof TestAbortedException || MissingAnswers.areBehind(failure)) {
                throw failure; // no answer, so neither a success nor a failure of the model
            }
            throw tally.failure(failure, sampling.seed());
        }

        @Override
        public void afterTestExecution(ExtensionContext context) {
            if (context.getExecutionException().isEmpty()) {
                tally.success();
            }
        }
    }
}
