/** The airports of each time zone, as it was in early 2001: Indiana had no summer time of its own yet, Arizona has none. */
const AIRPORTS_BY_ZONE: Readonly<Record<string, string>> = {
  'America/Anchorage': 'ANC BRW CDV DUT FAI',
  'America/Boise': 'BOI',
  'America/Chicago':
    'ABI ACT AMA AUS BHM BIS BMI BNA BRO BTR CID CLL CMI CRP DAL DBQ DFW DLH DSM FAR FSD FSM GGG ' +
    'GPT GRB HOU HRL HSV IAH ICT ILE JAN LAW LBB LFT LIT LNK LRD LSE MAF MCI MDW MEM MFE MKE MLI MLU ' +
    'MOB MSN MSP MSY OKC OMA ORD PIA PNS RST SAT SGF SHV SJT SPS STL TUL TXK TYR VPS XNA',
  'America/Denver': 'ABQ BIL BZN COS DEN DRO EGE ELP FCA GTF HLN JAC MSO MTJ RAP SLC',
  'America/Detroit': 'AZO DTW FNT GRR LAN MBS TVC',
  'America/Indiana/Indianapolis': 'FWA IND',
  'America/Juneau': 'JNU',
  'America/Kentucky/Louisville': 'SDF',
  'America/Los_Angeles':
    'BFL BUR FAT GEG LAS LAX LGB MFR MRY OAK ONT PDX PSC PSP RNO SAN SBA SBP SEA SFO SJC SMF SNA',
  'America/New_York':
    'ABE ALB ATL AVL AVP BDL BGR BOS BTV BUF BWI CAE CHA CHS CLE CLT CMH CRW CVG DAB DAY DCA ELM ERI ' +
    'EWR EYW FAY FLL GSO GSP HPN IAD ILM ISP JAX JFK LEX LGA MCO MDT MHT MIA MYR ORF ORH PBI PHL PIT ' +
    'PVD PWM RDU RIC ROA ROC RSW SAV SRQ SWF SYR TOL TPA TRI TYS',
  'America/Nome': 'OME OTZ',
  'America/Phoenix': 'PHX TUS',
  'America/Puerto_Rico': 'SJU',
  'America/Sitka': 'KTN WRG',
  'America/St_Thomas': 'STT STX',
  'Pacific/Honolulu': 'HNL ITO KOA LIH OGG',
};

const ZONE_BY_AIRPORT = new Map(
  Object.entries(AIRPORTS_BY_ZONE).flatMap(([zone, airports]) =>
    airports.split(' ').map((airport) => [airport, zone] as const),
  ),
);

/** The time zone that an airport's clocks show. Throws for an airport that the table lacks. */
export function zoneOf(airport: string): string {
  const zone = ZONE_BY_AIRPORT.get(airport);
  if (zone === undefined) throw new Error(`The time zone of ${airport} is not in the table.`);
  return zone;
}
