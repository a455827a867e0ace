/** Short names for the shapes of the HTTP API; the shapes themselves are generated from OpenAPI (`npm run api`). */
import type { components } from './schema';

type S = components['schemas'];

export type Role = S['Role'];
export type ZoneKind = S['ZoneKind'];
export type RuleCode = S['RuleCode'];
export type Severity = S['Severity'];
export type ViolationState = S['ViolationState'];
export type NoticeState = S['NoticeState'];
export type StreamState = S['CameraState'];
export type DismissReason = S['DismissReason'];
export type PublicHeading = S['PublicHeading'];

export type Me = S['Me'];
export type SystemInfo = S['System'];
export type Judging = S['Judging'];
export type Publication = S['Publication'];
export type CameraPublication = S['CameraPublication'];
export type ServiceHours = S['ServiceHours'];
export type Area = S['Area'];
export type Patrol = S['Patrol'];
export type PatrolEdit = S['PatrolEdit'];
export type PublicationFact = S['PublicationFact'];
export type FactKind = S['FactKind'];
export type ConsentBasis = S['ConsentBasis'];
export type EnterFact = S['EnterFact'];
export type CanteenSummary = S['CanteenSummary'];
export type Canteen = S['Canteen'];
export type Camera = S['Camera'];
export type Stream = S['Stream'];
export type NewCamera = S['NewCamera'];
export type ProbeReport = S['ProbeReport'];
export type CameraCoverage = S['CameraCoverage'];

export type Rules = S['Rules'];
export type Rule = S['Rule'];
export type RulesEdit = S['RulesEdit'];
export type Precision = S['Precision'];
export type JudgementRow = S['Judgement'];
export type Drawing = S['Drawing'];
export type DrawingEdit = S['DrawingEdit'];
export type BinReference = S['BinReference'];
export type LiveScene = S['LiveScene'];
export type Site = S['Site'];
export type SiteEdit = S['SiteEdit'];
export type Lid = S['Lid'];

export type Box = S['Box'];
export type DecisionFrame = S['DecisionFrame'];
export type Violation = S['Violation'];
export type ViolationPage = S['ViolationPage'];
export type Notice = S['Notice'];
export type NoticeDetail = S['NoticeDetail'];
export type NoticePage = S['NoticePage'];
export type HistoryLine = S['HistoryEntry'];

export type AuditRow = S['AuditRow'];
export type AuditPage = S['AuditPage'];
export type Person = S['Person'];
export type SignInLink = S['SignInLink'];

export type PublicCanteen = S['PublicCanteen'];
export type PublicCamera = S['PublicCamera'];
export type PublicCanteenName = S['PublicCanteenName'];

export interface Named {
  name: string;
  name_en?: string | null;
}
