package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.AnnotationBasedArgumentsProvider;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.support.ParameterDeclaration;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Makes arguments of the cases that a {@link PromptSource} names. */
public final class PromptArguments extends AnnotationBasedArgumentsProvider<PromptSource> {
    /** Made by JUnit. */
    public PromptArguments() {}

    @Override
    protected Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context,
            PromptSource source) {
        CaseTable table = CaseTable.read(context.getRequiredTestClass(), source.value());
        List<ParameterDeclaration> declared = parameters.getAll();
        if (!declared.isEmpty() && declared.getFirst().getParameterType().isRecord()) {
            return table.cases().stream()
                    .map(each -> Arguments.of(toRecord(table, each, declared.getFirst().getParameterType())));
        }
        return table.cases().stream().map(each -> Arguments.of(columns(table, each, declared, parameters)));
    }

    private static Object toRecord(CaseTable table, CaseTable.Case each, Class<?> type) {
        try {
            return StrictJson.MAPPER.treeToValue(each.columns(), type);
        } catch (JacksonException e) {
            throw new CriaException(place(table, each) + " does not fit " + type.getSimpleName() + ": "
                    + StrictJson.problem(e), e);
        }
    }

    private static String place(CaseTable table, CaseTable.Case each) {
        return table.resource() + ": line " + each.line();
    }

    /** Parameters take columns of their names, from left to right, up to the first for which there is none. */
    private static Object[] columns(CaseTable table, CaseTable.Case each, List<ParameterDeclaration> declared,
            ParameterDeclarations parameters) {
        ObjectNode columns = each.columns();
        List<Object> arguments = new ArrayList<>();
        Set<String> left = new TreeSet<>();
        columns.fieldNames().forEachRemaining(left::add);
        for (ParameterDeclaration parameter : declared) {
            String name = parameter.getParameterName().orElseThrow(() -> new CriaException(
                    parameters.getSourceElementDescription() + ": the names of its parameters are not in the class"
                            + " file; compile the tests with -parameters"));
            JsonNode value = columns.get(name);
            if (value == null) {
                if (isGivenByTables(parameter.getParameterType())) {
                    throw new CriaException(place(table, each) + " has no column for the parameter " + name
                            + "; its columns are " + columnNames(columns));
                }
                break;
            }
            arguments.add(argument(table, each, value, parameter));
            left.remove(name);
        }
        if (!left.isEmpty()) {
            throw new CriaException(place(table, each) + " has the column " + left.iterator().next()
                    + ", but no parameter of this name comes before those that are not in the table: "
                    + parameters.getSourceElementDescription());
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
        return type.isPrimitive() || type.isEnum() || type.getPackageName().equals("java.lang")
                || type.getPackageName().equals("java.util");
    }

    private static Object argument(CaseTable table, CaseTable.Case each, JsonNode value,
            ParameterDeclaration parameter) {
        if (value.isTextual()) {
            return value.textValue(); // JUnit converts it
        }
        try {
            Object argument = StrictJson.MAPPER.treeToValue(value, parameter.getParameterType());
            if (argument == null) {
                throw new CriaException(place(table, each) + ": " + parameter.getParameterName().orElse("")
                        + " is null; leave the case out or give it a value");
            }
            return argument;
        } catch (JacksonException e) {
            throw new CriaException(
                    place(table, each) + ": " + parameter.getParameterName().orElse("") + " does not fit "
                            + parameter.getParameterType().getSimpleName() + ": " + StrictJson.problem(e),
                    e);
        }
    }
}
