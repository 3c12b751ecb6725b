package dev.cria.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives fixtures to test methods, or skips these where there are none. */
final class FixturesExtension implements ExecutionCondition, ParameterResolver {
    private static final String MISSING = "they need golden data that are not part of the project"
            + " (-Dcria.fixtures=DIRECTORY)";

    private static Path directory(ExtensionContext context) {
        return Path.of(context.getConfigurationParameter("cria.fixtures").orElse("../../shared/fixtures"));
    }

    /** A class is not skipped as a whole, so that each method of it is counted. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getTestMethod().isEmpty() || Files.isDirectory(directory(context))
                ? ConditionEvaluationResult.enabled("")
                : ConditionEvaluationResult.disabled(MISSING);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Fixtures.class;
    }

    @Override
    public Fixtures resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException(parameter.getDeclaringExecutable()
                    + " runs once for a class, also where its methods are skipped for lack of fixtures; ask for them in"
                    + " the test methods or before each");
        }
        return new Fixtures(directory(context));
    }
}
