package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.AnnotationConsumer;

/** Makes arguments of the cases that a {@link PromptSource} names. */
public final class PromptArguments implements ArgumentsProvider, AnnotationConsumer<PromptSource> {
    private String resource = "";

    /** Made by JUnit. */
    public PromptArguments() {}

    @Override
    public void accept(PromptSource source) {
        resource = source.value();
    }

    @Override
    @SuppressWarnings("deprecation") // the newer method has a parameter that JUnit before 5.13 does not know
    public Stream<? extends Arguments> provideArguments(ExtensionContext context) {
        // what is wrong in the table is found while the stream is read: JUnit from 5.13 on takes an exception from
        // here for a sign that the newer method is missing
        return Stream.of(context).flatMap(this::arguments);
    }

    private Stream<Arguments> arguments(ExtensionContext context) {
        CaseTable table = CaseTable.read(context.getRequiredTestClass(), resource);
        Method method = context.getRequiredTestMethod();
        List<Parameter> declared = List.of(method.getParameters());
        if (!declared.isEmpty() && declared.getFirst().getType().isRecord()) {
            return table.as(declared.getFirst().getType()).stream().map(Arguments::of);
        }
        return table.cases().stream().map(each -> Arguments.of(columns(table, each, method)));
    }

    /** Parameters take columns of their names, from left to right, up to the first for which there is none. */
    private static Object[] columns(CaseTable table, CaseTable.Case each, Method method) {
        ObjectNode columns = each.columns();
        List<Object> arguments = new ArrayList<>();
        Set<String> left = new TreeSet<>();
        columns.fieldNames().forEachRemaining(left::add);
        for (Parameter parameter : method.getParameters()) {
            if (!parameter.isNamePresent()) {
                throw new CriaException(method + ": the names of its parameters are not in the class file; compile the"
                        + " tests with -parameters");
            }
            JsonNode value = columns.get(parameter.getName());
            if (value == null && parameter.getType() == Optional.class) {
                arguments.add(Optional.empty());
                continue;
            }
            if (value == null) {
                if (isGivenByTables(parameter.getType())) {
                    throw new CriaException(table.place(each) + " has no column for the parameter "
                            + parameter.getName() + "; its columns are " + columnNames(columns));
                }
                break;
            }
            arguments.add(argument(table, each, value, parameter));
            left.remove(parameter.getName());
        }
        if (!left.isEmpty()) {
            throw new CriaException(table.place(each) + " has the column " + left.iterator().next()
                    + ", but no parameter of this name comes before those that are not in the table: " + method);
        }
        return arguments.toArray();
    }

    private static String columnNames(ObjectNode columns) {
        List<String> names = new ArrayList<>();
        columns.fieldNames().forEachRemaining(names::add);
        return String.join(", ", names);
    }

    /** Extensions provide parameters of types of their own, not such simple ones. */
    private static boolean isGivenByTables(Class<?> type) {
        return type.isPrimitive() || type.isEnum() || Stream.of("java.lang", "java.util", "java.time", "java.math")
                .anyMatch(type.getPackageName()::equals);
    }

    private static Object argument(CaseTable table, CaseTable.Case each, JsonNode value, Parameter parameter) {
        if (value.isTextual() && parameter.getType() != Optional.class) {
            return value.textValue(); // JUnit converts it
        }
        try {
            Object argument = StrictJson.MAPPER.treeToValue(value,
                    StrictJson.MAPPER.constructType(parameter.getParameterizedType()));
            if (argument == null) {
                throw new CriaException(table.place(each) + ": " + parameter.getName()
                        + " is null; leave the case out or give it a value");
            }
            return argument;
        } catch (JacksonException e) {
            throw new CriaException(table.place(each) + ": " + parameter.getName() + " does not fit "
                    + parameter.getType().getSimpleName() + ": " + StrictJson.problem(e), e);
        }
    }
}
