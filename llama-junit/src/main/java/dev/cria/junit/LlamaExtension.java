package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.Chat;
import dev.cria.model.LanguageModel;
import dev.cria.model.LlamaModel;
import dev.cria.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What {@link LlamaTest} stands for: gives models to tests, and skips tests whose model is missing.
 */
public final class LlamaExtension
        implements
            ParameterResolver,
            ExecutionCondition {
    /** Made by JUnit. */
    public LlamaExtension() {}

    /** {@return the annotation of the class of tests, or of the nearest class around it} */
    private static LlamaTest test(ExtensionContext context) {
        return Stream
                .iterate(Optional.of(context), Optional::isPresent, each -> each.flatMap(ExtensionContext::getParent))
                .flatMap(each -> each.flatMap(ExtensionContext::getTestClass).stream())
                .flatMap(type -> AnnotationSupport.findAnnotation(type, LlamaTest.class).stream()).findFirst()
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
        return type == LanguageModel.class || type == LlamaModel.class || type == Chat.class || type == Tokenizer.class
                || type == Snapshots.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == Snapshots.class) {
            return Snapshots.of(context);
        }
        LanguageModel model = model(context);
        if (type == Chat.class) {
            return model.chat();
        }
        if (type == LanguageModel.class) {
            return model;
        }
        if (!(model instanceof LlamaModel llama)) {
            throw new CriaException("a transcript is replayed, which has neither the weights nor the vocabulary of the"
                    + " model: declare the parameter as LanguageModel, or run the tests with"
                    + " -Dcria.transcripts=live");
        }
        return type == Tokenizer.class ? llama.tokenizer() : llama;
    }

    private static LanguageModel model(ExtensionContext context) {
        LlamaTest test = test(context);
        RunSettings settings = new RunSettings(context);
        LanguageModel shared = new SharedModels(context).model(ModelChoice.of(test, settings), test, settings);
        Sampling ofTheTest = Sampling.of(context).orElse(new Sampling(test.temperature(), test.seed()));
        return shared.withListener(Exchanges.of(context)::note).withDefaults(request -> {
            Sampling sampling = TestScope.current().flatMap(TestScope::sampling).orElse(ofTheTest);
            request.temperature(sampling.temperature()).seed(sampling.seed()).maxTokens(test.maxTokens());
        });
    }
}
