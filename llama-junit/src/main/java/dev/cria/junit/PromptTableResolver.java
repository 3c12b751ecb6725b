package dev.cria.junit;

import dev.cria.core.CriaException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives the cases of a {@link PromptSource} to the parameter that has this annotation, all in a list. */
final class PromptTableResolver implements ParameterResolver {
    PromptTableResolver() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.isAnnotated(PromptSource.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        PromptSource source = parameter.findAnnotation(PromptSource.class).orElseThrow();
        return CaseTable.read(context.getRequiredTestClass(), source.value()).as(caseType(parameter));
    }

    private static Class<?> caseType(ParameterContext parameter) {
        Type type = parameter.getParameter().getParameterizedType();
        if (type instanceof ParameterizedType list && list.getRawType() == List.class
                && list.getActualTypeArguments()[0] instanceof Class<?> element && element.isRecord()) {
            return element;
        }
        throw new CriaException("a parameter with @PromptSource must be a List of a record with a component for each"
                + " column, but " + parameter.getParameter() + " is none");
    }
}
