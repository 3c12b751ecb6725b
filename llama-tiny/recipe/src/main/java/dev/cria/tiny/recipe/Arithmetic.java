package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.List;

/** Adding and subtracting: the answer says the sum again in signs, so that every phrasing ends in the same small table. */
final class Arithmetic implements Task {
    /** Largest sum, and largest number that something is taken from. */
    private static final int LIMIT = 20;
    /** Some sums go further, which shows how the digits go on. */
    private static final int FAR_LIMIT = 40;

    private static final Phrases ADD = Phrases.of("""
            What is {a} + {b}?
            What is {a} plus {b}?
            {a} + {b} = ?
            {a} + {b}
            {a} plus {b}?
            Add {a} and {b}.
            Calculate {a} + {b}.
            How much is {a} + {b}?
            How much is {a} plus {b}?
            What is the sum of {a} and {b}?
            Tell me the sum of {a} and {b}.
            Compute {a} + {b}.
            Can you add {a} and {b}?
            Please add {a} and {b}.
            What do you get when you add {a} and {b}?
            {a} and {b} make how much?
            Give me {a} + {b}.
            What does {a} + {b} equal?
            What does {a} plus {b} make?
            Find the sum of {a} and {b}.
            {name} has {a} {items} and gets {b} more. How many {items} does {name} have?
            {name} has {a} {items} and buys {b} more. How many are there now?
            There are {a} {items} here and {b} {items} there. How many {items} are there?
            {name} finds {a} {items} and then {b} more. How many {items} are that?
            Solve {a} + {b}.
            Work out {a} plus {b}.
            Please calculate {a} plus {b}.
            ---
            Can you tell me what {a} + {b} is?
            Please compute {a} plus {b}.
            How much do {a} and {b} make?
            What is {a} added to {b}?
            Sum up {a} and {b}.
            {name} has {a} {items} and finds {b} more. How many {items} does {name} have now?
            """);

    private static final Phrases SUBTRACT = Phrases.of("""
            What is {a} - {b}?
            What is {a} minus {b}?
            {a} - {b} = ?
            {a} - {b}
            {a} minus {b}?
            Subtract {b} from {a}.
            Calculate {a} - {b}.
            How much is {a} - {b}?
            How much is {a} minus {b}?
            What is the difference between {a} and {b}?
            Take {b} away from {a}.
            Compute {a} - {b}.
            Can you subtract {b} from {a}?
            Please take {b} from {a}.
            What is left when you take {b} from {a}?
            What remains of {a} without {b}?
            Give me {a} - {b}.
            What does {a} - {b} equal?
            What does {a} minus {b} make?
            Find the difference between {a} and {b}.
            {name} has {a} {items} and gives away {b}. How many {items} are left?
            {name} has {a} {items} and loses {b}. How many {items} does {name} have?
            There are {a} {items}. {name} takes {b}. How many {items} are left?
            {name} had {a} {items} and sold {b} of them. How many are left?
            Solve {a} - {b}.
            Work out {a} minus {b}.
            Please calculate {a} minus {b}.
            ---
            Can you tell me what {a} - {b} is?
            Please compute {a} minus {b}.
            Please subtract {b} from {a}.
            What is left of {a} when you take away {b}?
            {name} has {a} {items} and sells {b}. How many {items} are left?
            """);

    private static final Phrases NEXT = Phrases.of("""
            Which number comes after {a}?
            What number comes after {a}?
            What is the number after {a}?
            What comes after {a}?
            Tell me the number after {a}.
            Count on from {a}.
            ---
            Which number is after {a}?
            What is the next number after {a}?
            """);

    private static final Phrases PREVIOUS = Phrases.of("""
            Which number comes before {a}?
            What number comes before {a}?
            What is the number before {a}?
            What comes before {a}?
            Tell me the number before {a}.
            Count back from {a}.
            ---
            Which number is before {a}?
            Name the number before {a}.
            """);

    /** A sum. */
    private record Sum(int a, boolean add, int b) {
        boolean isRefusedBy(Draw draw) {
            return draw.refuses("sum", String.valueOf(a), add ? "+" : "-", String.valueOf(b));
        }

        int result() {
            return add ? a + b : a - b;
        }
    }

    @Override
    public Exchange draw(Draw draw) {
        if (!draw.isHeldOut() && draw.chance(0.08)) {
            return neighbour(draw);
        }
        int limit = !draw.isHeldOut() && draw.chance(0.1) ? FAR_LIMIT : LIMIT;
        Sum sum;
        do {
            boolean add = draw.chance(0.5);
            int whole = draw.between(0, limit);
            int part = draw.between(0, whole);
            sum = add ? new Sum(whole - part, true, part) : new Sum(whole, false, part);
        } while (sum.isRefusedBy(draw));
        return exchange(draw, sum);
    }

    private static Exchange exchange(Draw draw, Sum sum) {
        String a = String.valueOf(sum.a);
        String b = String.valueOf(sum.b);
        String question = Texts.fill(draw.phrase(sum.add ? ADD : SUBTRACT), "a", a, "b", b, "name",
                draw.one(Lexicon.NAMES), "items", draw.one(Lexicon.ITEMS));
        return new Exchange(question, a + (sum.add ? " + " : " - ") + b + " = " + sum.result() + ".",
                String.valueOf(sum.result()));
    }

    private static Exchange neighbour(Draw draw) {
        boolean next = draw.chance(0.5);
        int a = draw.between(1, FAR_LIMIT);
        String answer = next
                ? "The number after " + a + " is " + (a + 1) + "."
                : "The number before " + a + " is " + (a - 1) + ".";
        return new Exchange(Texts.fill(draw.phrase(next ? NEXT : PREVIOUS), "a", String.valueOf(a)), answer,
                String.valueOf(next ? a + 1 : a - 1));
    }

    /** {@return all held-out sums up to 20, each asked for once} */
    List<Exchange> everyHeldOut(Draw draw) {
        List<Exchange> all = new ArrayList<>();
        for (int a = 0; a <= LIMIT; a++) {
            for (int b = 0; b <= LIMIT; b++) {
                for (boolean add : new boolean[]{true, false}) {
                    Sum sum = new Sum(a, add, b);
                    if ((add ? a + b <= LIMIT : b <= a) && !sum.isRefusedBy(draw)) {
                        all.add(exchange(draw, sum));
                    }
                }
            }
        }
        return all;
    }
}
