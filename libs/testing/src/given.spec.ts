import { RuleBroken, type Decider } from '@odometer/domain';
import { given } from './given.js';

const lamp: Decider<boolean, 'on' | 'smash', 'lit'> = {
  initialState: () => false,
  decide: (command, lit) => {
    if (command === 'smash')
      throw new RuleBroken('lamp_is_not_a_toy', 'Lamps are not to be smashed.');
    return lit ? [] : ['lit'];
  },
  evolve: () => true,
};

describe('given/when/then', () => {
  it('sees the new events', () => given(lamp)().when('on').then('lit'));
  it('sees that nothing happens', () => given(lamp)('lit').when('on').thenNothing());
  it('sees a refusal', () => given(lamp)().when('smash').thenBreaks('lamp_is_not_a_toy'));

  it('fails on other events', () => {
    expect(() => given(lamp)().when('on').then('lit', 'lit')).toThrow();
    expect(() => given(lamp)('lit').when('on').then('lit')).toThrow();
  });
  it('fails when something happens instead of nothing', () => {
    expect(() => given(lamp)().when('on').thenNothing()).toThrow();
  });
  it('fails on another refusal, and on none', () => {
    expect(() => given(lamp)().when('smash').thenBreaks('other')).toThrow('lamp_is_not_a_toy');
    expect(() => given(lamp)().when('on').thenBreaks('other')).toThrow('not refused: [\\"lit\\"]');
  });
  it('lets a programming error through', () => {
    const broken: typeof lamp = {
      ...lamp,
      decide: () => {
        throw new TypeError('a mistake');
      },
    };
    expect(() => given(broken)().when('on').thenBreaks('other')).toThrow(TypeError);
  });
});
