package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.MissingAnswerException;
import dev.cria.model.GenerationResult;
import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.platform.commons.support.AnnotationSupport;
import org.jspecify.annotations.Nullable;

/**
 * What {@link LlamaTest} stands for: gives models to tests, skips tests whose model is missing, and shows with a
 * failure what was asked.
 */
public final class LlamaExtension
        implements
            ParameterResolver,
            ExecutionCondition,
            BeforeEachCallback,
            TestExecutionExceptionHandler,
            LifecycleMethodExecutionExceptionHandler {
    private static final Namespace NAMESPACE = Namespace.create(LlamaExtension.class);

    /** Made by JUnit. */
    public LlamaExtension() {}

    /** Makes the tests of a context choose tokens in another way. */
    static void choose(Sampling sampling, ExtensionContext context) {
        context.getStore(NAMESPACE).put(Sampling.class, sampling);
    }

    private static LlamaTest test(ExtensionContext context) {
        return context.getTestClass()
                .flatMap(type -> AnnotationSupport.findAnnotation(type, LlamaTest.class,
                        context.getEnclosingTestClasses()))
                .orElseThrow(() -> new CriaException(
                        "LlamaExtension needs @LlamaTest at the class of tests; register it by that annotation"));
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestClass().isEmpty()) {
            return ConditionEvaluationResult.enabled("no class of tests");
        }
        LlamaTest test = test(context);
        RunSettings settings = new RunSettings(context);
        boolean replayed = !test.transcript().isEmpty() && settings.transcripts() == RunSettings.Transcripts.REPLAY;
        Optional<String> problem = ModelChoice.of(test, settings).problem();
        if (test.ifMissing() == MissingModel.SKIP && !replayed && problem.isPresent()) {
            return ConditionEvaluationResult.disabled(problem.get());
        }
        return ConditionEvaluationResult.enabled("the model is not missing, or need not be there");
    }

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == LlamaModel.class || type == Chat.class || type == Tokenizer.class || type == Snapshots.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == Snapshots.class) {
            return new Snapshots(context.getRequiredTestClass(), new RunSettings(context));
        }
        LlamaModel model = model(context);
        if (type == Chat.class) {
            return model.chat();
        }
        return type == Tokenizer.class ? model.tokenizer() : model;
    }

    private static LlamaModel model(ExtensionContext context) {
        LlamaTest test = test(context);
        RunSettings settings = new RunSettings(context);
        LlamaModel shared = new SharedModels(context).model(ModelChoice.of(test, settings), test, settings);
        Sampling sampling = Optional.ofNullable(context.getStore(NAMESPACE).get(Sampling.class, Sampling.class))
                .orElse(new Sampling(test.temperature(), test.seed()));
        Exchanges exchanges = context.getStore(NAMESPACE).getOrComputeIfAbsent(exchangesKey(context),
                _ -> new Exchanges(), Exchanges.class);
        return shared.withListener(exchanges::add).withDefaults(options -> options.temperature(sampling.temperature())
                .seed(sampling.seed()).maxTokens(test.maxTokens()));
    }

    /** A key of the context alone: stores show what the contexts above hold. */
    private static String exchangesKey(ExtensionContext context) {
        return "exchanges of " + context.getUniqueId();
    }

    private static @Nullable Exchanges exchanges(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(exchangesKey(context), Exchanges.class);
    }

    /** What was asked of models that belong to the class before this test is not shown with its failure. */
    @Override
    public void beforeEach(ExtensionContext context) {
        Store store = context.getStore(NAMESPACE);
        for (Optional<ExtensionContext> above = context.getParent(); above.isPresent(); above = above.get()
                .getParent()) {
            Exchanges earlier = exchanges(above.get());
            store.put("begin of " + exchangesKey(above.get()), earlier == null ? 0 : earlier.size());
        }
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explained(context, failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        throw explained(context, failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        throw explained(context, failure);
    }

    /** {@return the failure, or one in its place, with what was asked of the model} */
    private static Throwable explained(ExtensionContext context, Throwable failure) {
        List<GenerationResult> asked = new ArrayList<>();
        Store store = context.getStore(NAMESPACE);
        for (Optional<ExtensionContext> each = Optional.of(context); each.isPresent(); each = each.get().getParent()) {
            Exchanges exchanges = exchanges(each.get());
            if (exchanges != null) {
                asked.addAll(exchanges.from(
                        store.getOrDefault("begin of " + exchangesKey(each.get()), Integer.class, 0)));
            }
        }
        if (!asked.isEmpty()) {
            failure.addSuppressed(new ModelWasAsked(asked));
        }
        if (failure instanceof MissingAnswerException) {
            return new MissingAnswerException(failure.getMessage()
                    + "\nRun the test with -Dcria.transcripts=record, which asks the model and writes its answer down.",
                    failure);
        }
        return failure;
    }
}
